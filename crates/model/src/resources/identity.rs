//! Users, tokens and API keys. Counterpart: st2common/models/api/auth.py.
//!
//! Tokens and keys are stored by hash only; the text is shown once, to who asked for it.

use serde::{Deserialize, Serialize};

use super::{Resource, yes};
use crate::{Id, Map, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub id: Id,
    pub name: String,
    /// An argon2 or bcrypt hash in PHC form; absent where another back end checks the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    #[serde(default)]
    pub is_admin: bool,
    #[serde(default)]
    pub is_service: bool,
    #[serde(default)]
    pub nicknames: Map,
}

impl Resource for User {
    const KIND: &'static str = "user";
    const INDEXES: &'static [&'static str] = &[];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.name.clone())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Token {
    pub id: Id,
    pub user: String,
    /// SHA-256 of the token's text, in hex.
    pub token_hash: String,
    pub expiry: Timestamp,
    #[serde(default)]
    pub metadata: Map,
    #[serde(default)]
    pub service: bool,
}

impl Resource for Token {
    const KIND: &'static str = "token";
    const INDEXES: &'static [&'static str] = &["expiry"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.token_hash.clone())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: Id,
    #[serde(default)]
    pub uid: String,
    pub user: String,
    pub key_hash: String,
    #[serde(default)]
    pub metadata: Map,
    pub created_at: Timestamp,
    #[serde(default = "yes")]
    pub enabled: bool,
}

impl Resource for ApiKey {
    const KIND: &'static str = "api_key";
    const INDEXES: &'static [&'static str] = &["user"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.key_hash.clone())
    }
}
