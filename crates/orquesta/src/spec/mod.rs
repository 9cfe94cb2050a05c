//! A workflow definition as typed parts (upstream `orquesta/specs`). Reading it never fails: what has the wrong shape
//! is left out here and reported by [`crate::inspection`].

pub mod inline_parameters;
mod items;
mod property;
mod relations;
mod task;
mod transition;

use indexmap::IndexMap;
use serde_json::{Map, Value};

pub use items::ItemsSpec;
pub use property::Property;
pub use relations::{NextTask, Relations};
pub use task::{Join, RetrySpec, TaskSpec};
pub use transition::TransitionSpec;

use crate::options::Options;

/// The targets of a transition that the engine itself carries out.
pub const ENGINE_COMMANDS: [&str; 4] = ["continue", "fail", "noop", "retry"];

pub fn is_engine_command(task_name: &str) -> bool {
    ENGINE_COMMANDS.contains(&task_name)
}

/// A whole workflow.
#[derive(Debug)]
pub struct WorkflowSpec {
    /// The definition with `with: <items>` written out.
    pub raw: Map<String, Value>,
    pub input: Vec<(String, Property)>,
    pub vars: Vec<(String, Property)>,
    pub output: Vec<(String, Property)>,
    pub tasks: IndexMap<String, TaskSpec>,
}

impl WorkflowSpec {
    pub fn new(mut raw: Map<String, Value>, options: Options) -> Self {
        spell_out_items(&mut raw);
        let named = |key: &str| raw.get(key).map(|list| property::named_list(list, options)).unwrap_or_default();
        let tasks = match raw.get("tasks") {
            Some(Value::Object(tasks)) => tasks
                .iter()
                .filter_map(|(name, task)| Some((name.clone(), TaskSpec::new(task.as_object()?, options))))
                .collect(),
            _ => IndexMap::new(),
        };
        Self { input: named("input"), vars: named("vars"), output: named("output"), tasks, raw }
    }

    /// Whether a transition may name this task.
    pub fn has_task(&self, task_name: &str) -> bool {
        is_engine_command(task_name) || self.tasks.contains_key(task_name)
    }
}

/// `with: <% items %>` is short for `with: {items: <% items %>}`.
fn spell_out_items(raw: &mut Map<String, Value>) {
    let Some(Value::Object(tasks)) = raw.get_mut("tasks") else { return };
    for task in tasks.values_mut() {
        if let Some(with) = task.get_mut("with").filter(|with| with.is_string()) {
            let mut spelled_out = Map::new();
            spelled_out.insert("items".to_owned(), with.take());
            *with = Value::Object(spelled_out);
        }
    }
}
