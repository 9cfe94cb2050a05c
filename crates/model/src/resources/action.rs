//! Actions. Counterpart: st2common/models/api/action.py.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Resource, RunnerType, default_pack, yes};
use crate::{Id, Map, ResourceRef};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub name: String,
    #[serde(default)]
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    #[serde(default)]
    pub tags: Vec<Tag>,
    #[serde(default)]
    pub uid: String,
    #[serde(default)]
    pub metadata_file: String,
    pub name: String,
    #[serde(rename = "ref", default)]
    pub reference: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub entry_point: String,
    #[serde(default = "default_pack")]
    pub pack: String,
    pub runner_type: String,
    #[serde(default)]
    pub parameters: Map,
    #[serde(default)]
    pub output_schema: Map,
    #[serde(default)]
    pub notify: Map,
    #[serde(default)]
    pub id: Id,
}

impl Action {
    /// Fills `ref` and `uid` from pack and name.
    pub fn with_references(mut self) -> Self {
        self.reference = ResourceRef::new(&self.pack, &self.name).to_string();
        self.uid = format!("action:{}:{}", self.pack, self.name);
        self
    }

    /// Tells whether the action may run a second time when the process that ran it died: its tag `squall.on_lost` says so.
    pub fn runs_again_when_lost(&self) -> bool {
        self.tags.iter().any(|tag| tag.name == "squall.on_lost" && tag.value == "run_again")
    }
}

impl Resource for Action {
    const KIND: &'static str = "action";
    const INDEXES: &'static [&'static str] = &["pack", "name"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}

/// An action together with its runner as they were when an execution was requested: shared by all executions of that version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionSnapshot {
    pub hash: String,
    pub action: Action,
    pub runner: RunnerType,
}

impl ActionSnapshot {
    pub fn new(action: Action, runner: RunnerType) -> Arc<Self> {
        let text = serde_json::to_vec(&(&action, &runner)).unwrap_or_default();
        let digest = Sha256::digest(&text);
        let hash = Id::from_bytes(digest[..12].try_into().unwrap_or_default()).to_string();
        Arc::new(Self { hash, action, runner })
    }

    /// Returns the schema of every parameter: the action's laid over the runner's.
    pub fn parameters(&self) -> Map {
        let mut merged = self.runner.runner_parameters.clone();
        for (name, schema) in &self.action.parameters {
            match (merged.get_mut(name), schema) {
                (Some(Value::Object(base)), Value::Object(over)) => base.extend(over.clone()),
                _ => {
                    merged.insert(name.clone(), schema.clone());
                }
            }
        }
        merged
    }
}
