//! Rules and their enforcements. Counterpart: st2common/models/api/rule.py.

use serde::{Deserialize, Serialize};

use super::{Resource, Tag, default_pack};
use crate::{Id, Map, ResourceRef, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleType {
    #[serde(rename = "ref", default = "standard")]
    pub reference: String,
    #[serde(default)]
    pub parameters: Map,
}

impl Default for RuleType {
    fn default() -> Self {
        Self { reference: standard(), parameters: Map::new() }
    }
}

fn standard() -> String {
    "standard".to_owned()
}

/// What a rule listens to: a trigger type with parameters, resolved to the trigger `ref`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerCall {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub parameters: Map,
    #[serde(rename = "ref", default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What a rule runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionCall {
    #[serde(rename = "ref")]
    pub reference: String,
    #[serde(default)]
    pub parameters: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
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
    #[serde(default = "default_pack")]
    pub pack: String,
    #[serde(rename = "type", default)]
    pub kind: RuleType,
    pub trigger: TriggerCall,
    #[serde(default)]
    pub criteria: Map,
    pub action: ActionCall,
    #[serde(default)]
    pub context: Map,
    #[serde(default)]
    pub enabled: bool,
    #[serde(default)]
    pub id: Id,
}

impl Rule {
    /// Fills `ref` and `uid` from pack and name.
    pub fn with_references(mut self) -> Self {
        self.reference = ResourceRef::new(&self.pack, &self.name).to_string();
        self.uid = format!("rule:{}:{}", self.pack, self.name);
        self
    }
}

impl Resource for Rule {
    const KIND: &'static str = "rule";
    const INDEXES: &'static [&'static str] = &["pack", "name", "trigger.ref", "action.ref"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnforcementStatus {
    Succeeded,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleReference {
    #[serde(rename = "ref")]
    pub reference: String,
    pub uid: String,
    pub id: Id,
}

/// The record that a rule wanted a trigger instance, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleEnforcement {
    pub id: Id,
    pub trigger_instance_id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    pub rule: RuleReference,
    pub enforced_at: Timestamp,
    pub status: EnforcementStatus,
}

impl Resource for RuleEnforcement {
    const KIND: &'static str = "rule_enforcement";
    const INDEXES: &'static [&'static str] = &["enforced_at", "rule.ref", "trigger_instance_id", "execution_id"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        None
    }
}
