//! Executions: an action that was asked for, with all that became of it. Counterpart: st2common/models/api/execution.py.
//!
//! One document holds what StackStorm keeps in two (ActionExecution and LiveAction), so the two can't disagree.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::ActionSnapshot;
use crate::{Id, Map, Status, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub timestamp: Timestamp,
    pub status: Status,
}

/// Where an execution runs, as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerInfo {
    pub hostname: String,
    pub pid: u32,
}

#[derive(Debug, Clone)]
pub struct Execution {
    pub id: Id,
    pub liveaction_id: Id,
    pub snapshot: Arc<ActionSnapshot>,
    pub start_timestamp: Timestamp,
    pub parameters: Map,
    pub parent: Option<Id>,
    /// Milliseconds to wait before the execution may be scheduled.
    pub delay: Option<u64>,
    pub notify: Option<Value>,
    /// What the caller noted beside the request; shown to clients, read by nobody.
    pub callback: Map,
    pub workflow_execution: Option<Id>,
    pub task_execution: Option<Id>,
    pub rule: Option<Value>,
    pub trigger: Option<Value>,
    pub trigger_type: Option<Value>,
    pub trigger_instance: Option<Value>,

    // What changes during its life; a store writes these, and only these, on an update.
    pub status: Status,
    pub end_timestamp: Option<Timestamp>,
    /// The result as JSON text: parsed by whoever looks into it, copied by nobody.
    pub result: Option<Arc<RawValue>>,
    pub context: Map,
    pub log: Vec<LogEntry>,
    pub runner_info: Option<RunnerInfo>,
    /// The process that holds the lease.
    pub owner: Option<Id>,
    /// How many times the execution was claimed; together with `owner` the fence against a former owner.
    pub attempt: u32,
    /// When somebody must look at the execution: a delayed one is due then; of one that has ended, what was to be written after the end
    /// may be missing.
    pub wake_at: Option<Timestamp>,
    pub revision: u64,
}

impl Execution {
    /// Returns the reference of the action, as of the time of the request.
    pub fn action_ref(&self) -> &str {
        &self.snapshot.action.reference
    }

    pub fn is_workflow(&self) -> bool {
        self.snapshot.runner.is_workflow()
    }

    pub fn user(&self) -> Option<&str> {
        self.context.get("user").and_then(Value::as_str)
    }

    /// Returns the result parsed; null when there is none.
    pub fn result_value(&self) -> Value {
        self.result.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or(Value::Null)
    }

    /// Returns what the API shows, unmasked: all falsy fields are left out, as the original does.
    pub fn to_api(&self, web_url_base: &str) -> Map {
        let snapshot = &self.snapshot;
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| {
            if !is_falsy(&value) {
                shown.insert(name.to_owned(), value);
            }
        };
        put("id", json!(self.id));
        put("action", json!(snapshot.action));
        put("runner", json!(snapshot.runner));
        put("liveaction", self.liveaction());
        put("status", json!(self.status));
        put("start_timestamp", json!(self.start_timestamp));
        put("end_timestamp", json!(self.end_timestamp));
        put("elapsed_seconds", self.elapsed_seconds().map_or(Value::Null, |seconds| json!(seconds)));
        put("parameters", Value::Object(self.parameters.clone()));
        put("result", self.result_value());
        put("result_size", json!(self.result.as_ref().map_or(0, |raw| raw.get().len())));
        put("context", Value::Object(self.context.clone()));
        put("parent", json!(self.parent));
        put("log", json!(self.log));
        put("delay", json!(self.delay));
        put("workflow_execution", json!(self.workflow_execution));
        put("task_execution", json!(self.task_execution));
        put("rule", json!(self.rule));
        put("trigger", json!(self.trigger));
        put("trigger_type", json!(self.trigger_type));
        put("trigger_instance", json!(self.trigger_instance));
        put("web_url", json!(format!("{web_url_base}/#/history/{}/general", self.id)));
        shown
    }

    /// Returns the `liveaction` part of the answer.
    pub fn liveaction(&self) -> Value {
        let mut liveaction = json!({
            "id": self.liveaction_id,
            "action": self.action_ref(),
            "action_is_workflow": self.is_workflow(),
            "parameters": self.parameters,
            "callback": self.callback,
            "runner_info": self.runner_info.as_ref().map_or_else(|| json!({}), |info| json!(info)),
        });
        if let Some(notify) = &self.notify {
            liveaction["notify"] = notify.clone();
        }
        liveaction
    }

    /// Returns how long it took, once it has ended.
    pub fn elapsed_seconds(&self) -> Option<f64> {
        self.end_timestamp.map(|end| end.since(self.start_timestamp).as_secs_f64())
    }
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputType {
    Stdout,
    Stderr,
    Output,
}

/// One line or chunk of live output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputChunk {
    pub id: Id,
    pub execution_id: Id,
    pub action_ref: String,
    pub runner_ref: String,
    pub timestamp: Timestamp,
    pub output_type: OutputType,
    pub data: String,
}
