//! Policies and their types. Counterpart: st2common/models/api/policy.py.

use serde::{Deserialize, Serialize};

use super::{Resource, default_pack, yes};
use crate::{Id, Map};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyType {
    #[serde(default)]
    pub id: Id,
    #[serde(default)]
    pub uid: String,
    #[serde(rename = "ref")]
    pub reference: String,
    pub name: String,
    pub resource_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    pub module: String,
    #[serde(default)]
    pub parameters: Map,
}

impl Resource for PolicyType {
    const KIND: &'static str = "policy_type";
    const INDEXES: &'static [&'static str] = &["resource_type", "name"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
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
    pub resource_ref: String,
    pub policy_type: String,
    #[serde(default)]
    pub parameters: Map,
    #[serde(default)]
    pub id: Id,
}

impl Resource for Policy {
    const KIND: &'static str = "policy";
    const INDEXES: &'static [&'static str] = &["resource_ref", "pack", "name"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}
