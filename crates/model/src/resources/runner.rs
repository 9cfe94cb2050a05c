//! Runner types. Counterpart: st2common/models/api/action.py, `RunnerTypeAPI`.

use serde::{Deserialize, Serialize};

use super::{Resource, yes};
use crate::{Id, Map};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerType {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default)]
    pub uid: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_package: Option<String>,
    #[serde(default)]
    pub runner_module: String,
    #[serde(default)]
    pub runner_parameters: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_key: Option<String>,
    #[serde(default)]
    pub output_schema: Map,
    #[serde(default)]
    pub id: Id,
}

impl RunnerType {
    /// True for runners that hand the execution to a workflow engine.
    pub fn is_workflow(&self) -> bool {
        matches!(self.name.as_str(), "orquesta" | "orchestra" | "action-chain")
    }
}

impl Resource for RunnerType {
    const KIND: &'static str = "runner_type";
    const INDEXES: &'static [&'static str] = &[];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.name.clone())
    }
}
