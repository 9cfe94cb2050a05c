//! Conducts one workflow: which tasks are next, what their results lead to, when it is over (upstream
//! `orquesta/conducting.py`). It does what it is told, step by step; [`crate::engine`] decides what to tell it.

mod error;
mod initialize;
pub(crate) mod items;
mod items_snapshot;
mod joins;
mod journal;
mod machine;
mod next_tasks;
mod output;
mod report;
mod requests;
mod rerun;
mod restore;
mod retry;
mod serialize;
mod staging;
pub(crate) mod state;
mod transitions;
mod update;

use std::sync::Arc;

use serde_json::{Map, Value};

pub use error::ConductorError;
pub use items_snapshot::ItemsSnapshot;
pub use journal::Place;
pub use next_tasks::{ActionRequest, NextTask};
pub use report::{Accumulated, Command, Report};
pub use rerun::RerunRequest;
pub use restore::RestoreError;

use crate::context::Variables;
use crate::expressions::{CurrentTask, Scope, TaskStatuses};
use crate::host::Answers;
use crate::status::Status;
use crate::workflow::Workflow;
use journal::Journal;
use state::{Entry, State};

#[derive(Clone, Debug)]
pub struct Conductor {
    pub(crate) workflow: Arc<Workflow>,
    parent_context: Map<String, Value>,
    inputs: Map<String, Value>,
    pub(crate) state: State,
    errors: Journal,
    log: Vec<Value>,
    output: Option<Map<String, Value>>,
}

impl Conductor {
    pub const fn status(&self) -> Status {
        self.state.status
    }

    /// Whether inputs and variables could be rendered: a workflow that fails before that has no output either.
    pub fn has_begun(&self) -> bool {
        !self.state.contexts.is_empty()
    }

    pub fn errors(&self) -> &[Value] {
        self.errors.entries()
    }

    pub const fn output(&self) -> Option<&Map<String, Value>> {
        self.output.as_ref()
    }

    /// The status of the latest run of a task on a route.
    pub fn task_status(&self, task_id: &str, route: usize) -> Option<Status> {
        let node = self.workflow.graph.number(task_id)?;
        self.state.latest(node, route).map(|entry| entry.status)
    }

    /// How many runs of tasks there have been.
    pub fn runs(&self) -> usize {
        self.state.sequence().len()
    }

    /// The routes that a task has run on.
    pub fn routes_of(&self, task_id: &str) -> Vec<usize> {
        let Some(node) = self.workflow.graph.number(task_id) else { return Vec::new() };
        (0..self.state.routes.len()).filter(|route| self.state.latest_index(node, *route).is_some()).collect()
    }

    /// Whether a task on a route has started and not ended.
    pub fn is_at_work(&self, task_id: &str, route: usize) -> bool {
        let status = self.task_status(task_id, route).unwrap_or_default();
        !status.is_completed() && !matches!(status, Status::Unset | Status::Retrying)
    }

    /// Nothing will be heard of any task any more.
    pub fn settle(&mut self) {
        match self.state.status {
            Status::Canceling => self.state.status = Status::Canceled,
            Status::Pausing => self.state.status = Status::Paused,
            _ => self.fail("WorkflowStuckError: There is nothing left to run.", Place::default()),
        }
    }

    /// What a staged or started task sees.
    pub fn task_variables(&self, task_id: &str, route: usize) -> Option<Arc<Variables>> {
        let node = self.workflow.graph.number(task_id)?;
        let staged = self.state.staging.get(node, route).map(|staged| &staged.path);
        let path = staged.or_else(|| self.state.latest(node, route).map(|entry| &entry.path))?;
        Some(path.merged(&self.state.contexts))
    }

    /// Writes an error into the workflow's list.
    pub fn log_error(&mut self, message: &str, place: Place<'_>) {
        self.errors.error(message, place, None);
    }

    /// Writes an error and fails the workflow.
    pub fn fail(&mut self, message: &str, place: Place<'_>) {
        self.errors.error(message, place, None);
        self.force_failed();
    }

    fn task_id(&self, node: usize) -> &Arc<str> {
        &self.workflow.graph.nodes[node].id
    }

    /// The scope of expressions that belong to no task.
    fn workflow_scope<'a>(&'a self, variables: &'a Variables, answers: &'a Answers<'a>) -> Scope<'a> {
        Scope { variables, task: None, item: None, statuses: Some(self), answers }
    }

    fn task_scope<'a>(
        &'a self,
        variables: &'a Variables,
        (node, route): (usize, usize),
        result: Option<&'a Value>,
        answers: &'a Answers<'a>,
    ) -> Scope<'a> {
        let task = Some(CurrentTask { id: self.task_id(node), route, result });
        Scope { variables, task, item: None, statuses: Some(self), answers }
    }
}

impl TaskStatuses for Conductor {
    fn routes(&self) -> usize {
        self.state.routes.len()
    }

    fn route_contains(&self, route: usize, earlier: usize) -> bool {
        let routes = &self.state.routes;
        let (Some(route), Some(earlier)) = (routes.get(route), routes.get(earlier)) else { return false };
        earlier.iter().all(|step| route.contains(step))
    }

    fn status_on(&self, task_id: &str, route: usize) -> Option<Status> {
        self.task_status(task_id, route)
    }
}
