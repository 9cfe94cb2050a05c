//! The datastore. Counterpart: st2common/models/api/keyvalue.py.

use serde::{Deserialize, Serialize};

use super::Resource;
use crate::{Id, Timestamp};

/// Whose key it is. User keys are stored as `user:name` and shown split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyScope {
    #[serde(rename = "st2kv.system")]
    System,
    #[serde(rename = "st2kv.user")]
    User,
}

impl KeyScope {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "st2kv.system",
            Self::User => "st2kv.user",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyValue {
    pub id: Id,
    /// The name as stored; for a user's key it starts with `user:`.
    pub name: String,
    pub scope: KeyScope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The value; ciphertext when `secret`.
    pub value: String,
    #[serde(default)]
    pub secret: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_timestamp: Option<Timestamp>,
}

impl KeyValue {
    /// Returns the key that no two items share, which is also the `uid` that clients see.
    pub fn uid(scope: KeyScope, stored_name: &str) -> String {
        format!("key_value_pair:{}:{stored_name}", scope.as_str())
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expire_timestamp.is_some_and(|moment| moment <= now)
    }
}

impl Resource for KeyValue {
    const KIND: &'static str = "key_value_pair";
    const INDEXES: &'static [&'static str] = &["scope", "name", "expire_timestamp"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(Self::uid(self.scope, &self.name))
    }
}
