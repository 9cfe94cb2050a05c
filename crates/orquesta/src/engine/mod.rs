//! Runs a workflow as the fold of its log: events in, effects out (upstream `st2common/services/workflows.py`).
//!
//! Tasks without an action, engine commands and empty lists of items never leave the engine.

mod apply;
mod dispatch;
mod effect;
mod error;
mod event;
mod pending;
mod snapshot;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

pub use effect::{ActionKey, Effect};
pub use error::ConductError;
pub use event::{Event, EventKind};

use crate::conductor::Conductor;
use crate::status::Status;
use crate::workflow::Workflow;
use pending::Pending;

#[derive(Clone, Debug)]
pub struct Engine {
    workflow: Arc<Workflow>,
    /// None before the first event, and for good when the definition failed inspection.
    conductor: Option<Conductor>,
    pending: Pending,
    /// How often each task has been started on each route.
    attempts: HashMap<(String, usize), u32>,
    /// Tasks before which the workflow has paused, and whether they may start since.
    held: BTreeMap<(String, usize), bool>,
    /// What was found wrong with the definition when the workflow started.
    refused: Option<Vec<Value>>,
    /// The workflow's end has been told.
    finished: bool,
}

impl Engine {
    pub fn new(workflow: Arc<Workflow>) -> Self {
        Self {
            workflow,
            conductor: None,
            pending: Pending::default(),
            attempts: HashMap::new(),
            held: BTreeMap::new(),
            refused: None,
            finished: false,
        }
    }

    pub fn status(&self) -> Status {
        match (&self.conductor, &self.refused) {
            (Some(conductor), _) => conductor.status(),
            (None, Some(_)) => Status::Failed,
            (None, None) => Status::Unset,
        }
    }

    /// The requests that have no terminal answer yet, in the order made.
    pub fn pending(&self) -> Vec<Effect> {
        self.pending.iter().map(|(_, action)| action.effect.clone()).collect()
    }

    /// How many requests have no terminal answer yet.
    pub fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// How an action that has no terminal answer yet stands, as far as the workflow has heard.
    pub fn status_of(&self, key: &ActionKey) -> Option<Status> {
        self.pending.status(key)
    }

    /// The result StackStorm stores with the execution once the workflow is over.
    pub fn result(&self) -> Value {
        let output = self.conductor.as_ref().and_then(Conductor::output).cloned();
        let output = output.map_or(Value::Null, Value::Object);
        let finished = Effect::Finished { status: self.status(), output, errors: self.errors().to_vec() };
        let result = finished.result().unwrap_or_default();
        if self.workflow.is_translation() { with_outputs(result) } else { result }
    }

    pub fn errors(&self) -> &[Value] {
        match (&self.conductor, &self.refused) {
            (Some(conductor), _) => conductor.errors(),
            (None, Some(errors)) => errors,
            (None, None) => &[],
        }
    }

    pub const fn conductor(&self) -> Option<&Conductor> {
        self.conductor.as_ref()
    }

    pub const fn workflow(&self) -> &Arc<Workflow> {
        &self.workflow
    }
}

/// Puts each output beside `output`, where Mistral's workflows had them on StackStorm 2: `task(x).result.stdout`.
fn with_outputs(mut result: Value) -> Value {
    let outputs = result.get("output").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Value::Object(fields) = &mut result {
        for (name, value) in outputs {
            fields.entry(name).or_insert(value);
        }
    }
    result
}
