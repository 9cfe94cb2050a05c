//! Trigger types, triggers and trigger instances. Counterpart: st2common/models/api/trigger.py.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Resource, Tag, default_pack};
use crate::{Id, Map, ResourceRef, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerType {
    #[serde(default)]
    pub tags: Vec<Tag>,
    #[serde(default)]
    pub uid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_file: Option<String>,
    pub name: String,
    #[serde(rename = "ref", default)]
    pub reference: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default = "default_pack")]
    pub pack: String,
    #[serde(default)]
    pub payload_schema: Map,
    #[serde(default)]
    pub parameters_schema: Map,
    #[serde(default)]
    pub id: Id,
}

impl TriggerType {
    /// Fills `ref` and `uid` from pack and name.
    pub fn with_references(mut self) -> Self {
        self.reference = ResourceRef::new(&self.pack, &self.name).to_string();
        self.uid = format!("trigger_type:{}:{}", self.pack, self.name);
        self
    }
}

impl Resource for TriggerType {
    const KIND: &'static str = "trigger_type";
    const INDEXES: &'static [&'static str] = &["pack", "name"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}

/// A trigger type with parameters: what rules are bound to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    pub name: String,
    pub pack: String,
    #[serde(rename = "ref", default)]
    pub reference: String,
    #[serde(default)]
    pub uid: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub parameters: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default)]
    pub id: Id,
}

impl Resource for Trigger {
    const KIND: &'static str = "trigger";
    const INDEXES: &'static [&'static str] = &["type", "pack"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerInstanceStatus {
    Pending,
    Processing,
    Processed,
    ProcessingFailed,
}

/// An event that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerInstance {
    pub id: Id,
    pub trigger: String,
    pub payload: Value,
    pub occurrence_time: Timestamp,
    pub status: TriggerInstanceStatus,
    /// Where it came from (`trace_tag`, `id_`); stored, not shown by the API.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub trace_context: Map,
}

impl Resource for TriggerInstance {
    const KIND: &'static str = "trigger_instance";
    const INDEXES: &'static [&'static str] = &["occurrence_time", "trigger", "status"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        None
    }
}
