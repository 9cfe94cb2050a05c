//! What a chain answers: its tasks, what it published, and why it failed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use squall_model::Timestamp;
use squall_orquesta::Status;

/// What one task came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TaskRecord {
    pub(crate) name: String,
    pub(crate) execution_id: Value,
    pub(crate) liveaction_id: Value,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) state: Status,
    pub(crate) result: Value,
}

impl TaskRecord {
    fn shown(&self) -> Value {
        json!({
            "id": self.name,
            "name": self.name,
            "execution_id": self.execution_id,
            "liveaction_id": self.liveaction_id,
            "workflow": null,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "state": self.state,
            "result": self.result,
        })
    }
}

fn iso(micros: i64) -> String {
    Timestamp::from_micros(micros).to_string().replace('Z', "+00:00")
}

/// Why the chain as a whole failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failed {
    pub(crate) error: String,
    /// Where in the chain it happened.
    pub(crate) traceback: String,
    /// Nothing but this is shown: StackStorm's runner did not come to tell of the tasks.
    pub(crate) alone: bool,
}

pub(crate) fn shown(tasks: &[TaskRecord], published: Option<&Map<String, Value>>, failed: Option<&Failed>) -> Value {
    let mut result = Map::new();
    if failed.is_none_or(|failed| !failed.alone) {
        result.insert("tasks".to_owned(), tasks.iter().map(TaskRecord::shown).collect());
        if let Some(published) = published {
            result.insert("published".to_owned(), Value::Object(published.clone()));
        }
    }
    if let Some(Failed { error, traceback, .. }) = failed {
        result.insert("error".to_owned(), json!(error));
        result.insert("traceback".to_owned(), json!(traceback));
    }
    Value::Object(result)
}
