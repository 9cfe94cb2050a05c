//! What a runner is, as `GET /runnertypes` shows it.

use serde::{Deserialize, Serialize};
use squall_model::{Id, Map, RunnerType};

/// Who takes care of an execution with this runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunnerKind {
    /// An action runner, here.
    Action,
    /// The workflow engine.
    Workflow,
}

/// The description of a runner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerMeta {
    pub name: String,
    /// Further names that are listed as runner types of their own.
    pub aliases: Vec<String>,
    /// Names from before StackStorm 3: understood, not listed.
    pub old_names: Vec<String>,
    pub description: String,
    pub runner_package: String,
    pub runner_module: String,
    pub runner_parameters: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_key: Option<String>,
    #[serde(default)]
    pub output_schema: Map,
    pub kind: RunnerKind,
}

impl RunnerMeta {
    /// True if an execution is handed to a workflow engine.
    pub fn is_workflow(&self) -> bool {
        self.kind == RunnerKind::Workflow
    }

    /// True if `name` means this runner.
    pub fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().chain(&self.old_names).any(|alias| alias == name)
    }

    /// Returns the runner types to list: one for the name and one for each alias. Ids are left to the store.
    pub fn runner_types(&self) -> impl Iterator<Item = RunnerType> + '_ {
        std::iter::once(&self.name).chain(&self.aliases).map(|name| RunnerType {
            name: name.clone(),
            description: Some(self.description.clone()),
            uid: format!("runner_type:{name}"),
            enabled: true,
            runner_package: Some(self.runner_package.clone()),
            runner_module: self.runner_module.clone(),
            runner_parameters: self.runner_parameters.clone(),
            output_key: self.output_key.clone(),
            output_schema: self.output_schema.clone(),
            id: Id::default(),
        })
    }
}
