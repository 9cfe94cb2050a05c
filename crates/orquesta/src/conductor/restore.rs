//! A conductor from what [`Conductor::to_value`] wrote, or StackStorm did.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::items::ItemsRun;
use super::staging::Staged;
use super::state::{Entry, RetryState, State};
use super::{Conductor, Journal};
use crate::context::{ContextPath, Variables};
use crate::options::Options;
use crate::spec::Property;
use crate::status::Status;
use crate::workflow::Workflow;

/// A stored conductor that cannot be read, or does not belong to the workflow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    #[error("the stored state cannot be read: {0}")]
    Unreadable(String),
    #[error("the stored state is about task `{0}`, which the workflow does not have")]
    UnknownTask(String),
    #[error("the stored state refers to what is not in it: {0}")]
    Inconsistent(&'static str),
}

#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    input: Map<String, Value>,
    #[serde(default)]
    context: Map<String, Value>,
    #[serde(default)]
    errors: Vec<Value>,
    #[serde(default)]
    log: Vec<Value>,
    #[serde(default)]
    output: Option<Map<String, Value>>,
    state: StoredState,
}

#[derive(Deserialize)]
struct StoredState {
    contexts: Vec<Map<String, Value>>,
    routes: Vec<Vec<Arc<str>>>,
    sequence: Vec<StoredEntry>,
    staged: Vec<StoredStaged>,
    status: Status,
    #[serde(default)]
    reruns: Vec<Vec<usize>>,
}

#[derive(Deserialize)]
struct StoredEntry {
    id: String,
    route: usize,
    ctxs: StoredContexts,
    prev: IndexMap<Arc<str>, usize>,
    next: IndexMap<String, bool>,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    retry: Option<StoredRetry>,
    #[serde(default)]
    term: bool,
}

#[derive(Deserialize)]
struct StoredContexts {
    #[serde(rename = "in")]
    inside: Vec<usize>,
    #[serde(default)]
    out: Option<IndexMap<Arc<str>, usize>>,
}

#[derive(Deserialize)]
struct StoredRetry {
    when: Option<String>,
    count: i64,
    #[serde(default, deserialize_with = "present")]
    delay: Option<Value>,
    #[serde(default)]
    tally: i64,
}

/// Tells a delay of null from no delay.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct StoredStaged {
    id: String,
    ctxs: StoredContexts,
    route: usize,
    prev: IndexMap<Arc<str>, usize>,
    ready: bool,
    #[serde(default)]
    retry: Option<StoredRetry>,
    #[serde(default)]
    items: Option<Vec<StoredItem>>,
    #[serde(default)]
    completed: bool,
    #[serde(default)]
    run_on_fail: bool,
}

#[derive(Deserialize)]
struct StoredItem {
    status: Status,
}

impl Conductor {
    pub fn restore(workflow: Arc<Workflow>, stored: Value) -> Result<Self, RestoreError> {
        let stored: Stored =
            serde_json::from_value(stored).map_err(|error| RestoreError::Unreadable(error.to_string()))?;
        let state = stored.state.read(&workflow)?;
        Ok(Self {
            workflow,
            parent_context: stored.context,
            inputs: stored.input,
            state,
            errors: Journal::from_entries(stored.errors),
            log: stored.log,
            output: stored.output,
        })
    }
}

impl StoredState {
    fn read(self, workflow: &Workflow) -> Result<State, RestoreError> {
        let layers = self.contexts.len();
        let check = |contexts: &StoredContexts| {
            let known = contexts.inside.iter().all(|layer| *layer < layers);
            if known { Ok(()) } else { Err(RestoreError::Inconsistent("a layer of the context")) }
        };
        let mut state = State::default();
        state.contexts = self.contexts.into_iter().map(|layer| Arc::new(Variables::from(layer))).collect();
        state.routes = self.routes;
        state.status = self.status;
        state.reruns = self.reruns;
        let runs = self.sequence.len();
        for entry in self.sequence {
            check(&entry.ctxs)?;
            if entry.route >= state.routes.len() {
                return Err(RestoreError::Inconsistent("a route"));
            }
            if entry.prev.values().any(|previous| *previous >= runs) {
                return Err(RestoreError::Inconsistent("an earlier run"));
            }
            let entry = entry.read(workflow)?;
            state.push(entry);
        }
        for staged in self.staged {
            check(&staged.ctxs)?;
            if staged.route >= state.routes.len() {
                return Err(RestoreError::Inconsistent("a route"));
            }
            let staged = staged.read(workflow)?;
            state.staging.add(staged);
        }
        Ok(state)
    }
}

fn number(workflow: &Workflow, task_id: &str) -> Result<usize, RestoreError> {
    workflow.graph.number(task_id).ok_or_else(|| RestoreError::UnknownTask(task_id.to_owned()))
}

impl StoredEntry {
    fn read(self, workflow: &Workflow) -> Result<Entry, RestoreError> {
        let node = number(workflow, &self.id)?;
        let edges = &workflow.graph.nodes[node].edges;
        Ok(Entry {
            node,
            route: self.route,
            path: ContextPath::of(self.ctxs.inside),
            out: self.ctxs.out.and_then(|out| out.into_iter().next()),
            prev: self.prev,
            taken: edges.iter().map(|edge| self.next.get(&*edge.id).copied()).collect(),
            status: self.status,
            retry: self.retry.map(|retry| retry.read(workflow.options)),
            term: self.term,
        })
    }
}

impl StoredStaged {
    fn read(self, workflow: &Workflow) -> Result<Staged, RestoreError> {
        let mut staged = Staged::new(number(workflow, &self.id)?, self.route, ContextPath::of(self.ctxs.inside));
        staged.prev = self.prev;
        staged.ready = self.ready;
        staged.retry = self.retry.map(|retry| retry.read(workflow.options));
        staged.items =
            self.items.map(|items| ItemsRun::from_statuses(items.into_iter().map(|item| item.status).collect()));
        staged.completed = self.completed;
        staged.run_on_fail = self.run_on_fail;
        Ok(staged)
    }
}

impl StoredRetry {
    fn read(self, options: Options) -> RetryState {
        RetryState {
            when: self.when.map(|when| Property::new(Value::from(when), options)),
            count: self.count,
            delay: self.delay,
            tally: self.tally,
        }
    }
}
