//! One report about one task, and everything that follows from it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::journal::Place;
use super::report::{Accumulated, Command, Report};
use super::staging::Staged;
use super::state::Entry;
use super::{Conductor, ConductorError};
use crate::context::Variables;
use crate::host::Answers;
use crate::status::Status;

/// A task that has ended: where it ran, what it answered, what it saw.
pub(super) struct Ended {
    pub index: usize,
    pub result: Value,
    pub variables: Arc<Variables>,
}

impl Conductor {
    /// Takes in a report and answers the index of the run it was about.
    pub fn update_task(
        &mut self,
        task_id: &str,
        route: usize,
        report: &Report,
        answers: &Answers<'_>,
    ) -> Result<usize, ConductorError> {
        let node =
            self.workflow.graph.number(task_id).ok_or_else(|| ConductorError::InvalidTask(task_id.to_owned()))?;
        self.check_item(node, route, report)?;
        let index = self.run_of(node, route, report, answers)?;
        self.note_report(index, report);

        let before = self.state.entry(index).status;
        self.process_report(index, report);
        let after = self.state.entry(index).status;
        if after == Status::Retrying {
            self.stage_retry(index);
        }

        let mut commands = VecDeque::new();
        if after.is_completed() {
            let ended = self.end_task(index, report);
            let outcome = match self.wants_retry(&ended, answers) {
                Ok(true) => Ok(true),
                Ok(false) => {
                    if after != before {
                        commands = self.take_transitions(&ended, answers);
                    }
                    Ok(false)
                }
                Err(error) => Err(error),
            };
            self.give_back_results(ended);
            if outcome? {
                return self.update_task(task_id, route, &Report::Command(Command::Retry), answers);
            }
        }
        self.process_task_status(index);
        for (node, route) in commands {
            let task_id = Arc::clone(self.task_id(node));
            if let Some(command) = Command::named(&task_id) {
                self.update_task(&task_id, route, &Report::Command(command), answers)?;
            }
        }
        if self.state.status.is_completed() {
            self.state.entry_mut(index).term = true;
        }
        Ok(index)
    }

    fn check_item(&self, node: usize, route: usize, report: &Report) -> Result<(), ConductorError> {
        let Report::Item { item_id, .. } = report else { return Ok(()) };
        let items = self.state.staging.get(node, route).and_then(|staged| staged.items.as_ref());
        match items {
            Some(items) if *item_id < items.len() => Ok(()),
            _ => Err(ConductorError::InvalidItem { task_id: self.task_id(node).to_string(), item_id: *item_id }),
        }
    }

    /// The run that the report is about; a new one when the task has not run yet or starts over.
    fn run_of(
        &mut self,
        node: usize,
        route: usize,
        report: &Report,
        answers: &Answers<'_>,
    ) -> Result<usize, ConductorError> {
        let latest = self.state.latest_index(node, route);
        let starts_over = |index: usize| {
            let is_command = Command::named(self.task_id(node)).is_some();
            is_command || self.state.entry(index).status.is_completed() && report.status().is_starting()
        };
        match latest {
            Some(index) if !starts_over(index) => Ok(index),
            _ => {
                let missing = || ConductorError::InvalidTaskStateEntry(self.task_id(node).to_string());
                let staged = self.state.staging.get(node, route).ok_or_else(missing)?;
                let entry = Entry {
                    node,
                    route,
                    path: staged.path.clone(),
                    out: None,
                    prev: staged.prev.clone(),
                    taken: vec![None; self.workflow.graph.nodes[node].edges.len()],
                    status: Status::Unset,
                    retry: None,
                    term: false,
                };
                self.add_run(entry, answers)
            }
        }
    }

    pub(super) fn add_run(&mut self, mut entry: Entry, answers: &Answers<'_>) -> Result<usize, ConductorError> {
        entry.retry = self.retry_state(entry.node, &entry.path, answers)?;
        Ok(self.state.push(entry))
    }

    fn note_report(&mut self, index: usize, report: &Report) {
        let (node, route) = self.place_of(index);
        if self.state.staging.get(node, route).is_some_and(|staged| staged.items.is_none()) {
            self.state.staging.remove(node, route);
        }
        if let Report::Item { item_id, status, result, accumulated } = report {
            let items = self.state.staging.get_mut(node, route).and_then(|staged| staged.items.as_mut());
            if let Some(items) = items {
                items.set(*item_id, *status);
                if status.is_completed() && matches!(accumulated, Accumulated::Collected) {
                    items.results[*item_id] = result.clone();
                }
            }
        }
        if report.status() == Status::Failed {
            let task_id = Arc::clone(self.task_id(node));
            let place = Place { task_id: Some(&task_id), ..Place::default() };
            self.errors.error("Execution failed. See result for details.", place, report.result());
        }
    }

    fn place_of(&self, index: usize) -> (usize, usize) {
        let entry = self.state.entry(index);
        (entry.node, entry.route)
    }

    fn stage_retry(&mut self, index: usize) {
        let (node, route) = self.place_of(index);
        self.state.staging.remove(node, route);
        let entry = self.state.entry_mut(index);
        if let Some(retry) = &mut entry.retry {
            retry.tally += 1;
        }
        let mut staged = Staged::new(node, route, entry.path.clone());
        staged.prev = entry.prev.clone();
        staged.retry = entry.retry.clone();
        self.state.staging.add(staged);
    }

    fn end_task(&mut self, index: usize, report: &Report) -> Ended {
        let (node, route) = self.place_of(index);
        let result = self.result_of(node, route, report);
        let has_items = self.has_items(node);
        if has_items && self.state.entry(index).status.is_abended() {
            if let Some(staged) = self.state.staging.get_mut(node, route) {
                staged.completed = true;
            }
        } else {
            self.state.staging.remove(node, route);
        }
        let variables = self.state.entry(index).path.merged(&self.state.contexts);
        Ended { index, result, variables }
    }

    pub(super) fn has_items(&self, node: usize) -> bool {
        let spec = self.workflow.spec.tasks.get(&**self.task_id(node));
        spec.is_some_and(crate::spec::TaskSpec::has_items)
    }

    fn result_of(&mut self, node: usize, route: usize, report: &Report) -> Value {
        match report {
            Report::Action { result, .. } if self.has_items(node) && is_falsy(result) => Value::Array(Vec::new()),
            Report::Action { result, .. } => result.clone(),
            Report::Item { accumulated: Accumulated::Given(results), .. } if is_falsy(results) => {
                Value::Array(Vec::new())
            }
            Report::Item { accumulated: Accumulated::Given(results), .. } => results.clone(),
            Report::Item { accumulated: Accumulated::Collected, .. } => {
                let items = self.state.staging.get_mut(node, route).and_then(|staged| staged.items.as_mut());
                Value::Array(items.map(|items| std::mem::take(&mut items.results)).unwrap_or_default())
            }
            Report::Command(_) => Value::Null,
        }
    }

    /// A task with items that may be rerun keeps what its items answered.
    fn give_back_results(&mut self, ended: Ended) {
        let (node, route) = self.place_of(ended.index);
        let items = self.state.staging.get_mut(node, route).and_then(|staged| staged.items.as_mut());
        if let (Some(items), Value::Array(results)) = (items, ended.result)
            && items.results.is_empty()
            && results.len() == items.len()
        {
            items.results = results;
        }
    }
}

fn is_falsy(value: &Value) -> bool {
    !crate::expressions::is_truthy(value)
}
