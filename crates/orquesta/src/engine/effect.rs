//! What an engine wants done.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::status::Status;

/// Which action: the same for the request and everything after it. Unique across routes, items, cycles, retries and
/// reruns of a workflow, so that an execution's id can be derived from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActionKey {
    pub task_id: String,
    pub route: usize,
    pub attempt: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    RequestAction {
        task_id: String,
        route: usize,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item_id: Option<usize>,
        action_ref: String,
        input: Map<String, Value>,
        /// Seconds to wait before it runs.
        delay_seconds: u64,
    },
    CancelAction(ActionKey),
    PauseAction(ActionKey),
    ResumeAction(ActionKey),
    /// The workflow is in another status and not over.
    WorkflowChanged {
        status: Status,
    },
    /// The workflow is over. Actions that are still at work may report, and it does not matter any more.
    Finished {
        status: Status,
        output: Value,
        errors: Vec<Value>,
    },
}

impl Effect {
    /// The result StackStorm stores with the execution of a workflow that is over.
    pub fn result(&self) -> Option<Value> {
        let Self::Finished { status, output, errors } = self else { return None };
        let mut result = Map::new();
        if status.is_abended() {
            result.insert("errors".to_owned(), Value::Array(errors.clone()));
        }
        result.insert("output".to_owned(), output.clone());
        Some(Value::Object(result))
    }
}
