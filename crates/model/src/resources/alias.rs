//! Action aliases. Counterpart: st2common/models/api/actionalias.py.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Resource, default_pack, yes};
use crate::{Id, Map};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionAlias {
    #[serde(default)]
    pub uid: String,
    #[serde(default)]
    pub metadata_file: String,
    #[serde(rename = "ref", default)]
    pub reference: String,
    pub name: String,
    #[serde(default = "default_pack")]
    pub pack: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    pub action_ref: String,
    #[serde(default)]
    pub formats: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack: Option<Map>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Map>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Map>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immutable_parameters: Option<Map>,
    #[serde(default)]
    pub id: Id,
}

impl Resource for ActionAlias {
    const KIND: &'static str = "action_alias";
    const INDEXES: &'static [&'static str] = &["pack", "name"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}
