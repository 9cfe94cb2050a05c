//! What happens to a workflow. The log of these is the workflow.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::status::Status;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub kind: EventKind,
    /// What the host answered when the event was first applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Value>,
}

impl From<EventKind> for Event {
    fn from(kind: EventKind) -> Self {
        Self { kind, answers: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// The first event. `context` holds `st2` and, in a child workflow, `parent`.
    Started {
        inputs: Map<String, Value>,
        context: Map<String, Value>,
    },
    /// An action that was requested is in this status. `attempt` is the one of the request.
    ActionChanged {
        task_id: String,
        route: usize,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item_id: Option<usize>,
        status: Status,
        #[serde(default)]
        result: Value,
    },
    /// An action could not be requested at all; its task and the workflow fail. `message` starts with the class of
    /// the error, as StackStorm lists it.
    ActionRefused {
        task_id: String,
        route: usize,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item_id: Option<usize>,
        message: String,
    },
    PauseRequested,
    ResumeRequested,
    CancelRequested,
    /// Run parts of a workflow that is over again: these tasks, on all their routes, or without any every task that
    /// ended badly. `reset` names those whose items all run again.
    RerunRequested {
        #[serde(default)]
        tasks: Vec<String>,
        #[serde(default)]
        reset: Vec<String>,
    },
}
