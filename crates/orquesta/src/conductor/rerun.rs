//! Runs parts of a workflow that is over once more.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::staging::Staged;
use super::{Conductor, ConductorError, Entry};
use crate::host::Answers;
use crate::status::Status;

/// A task, on one of its routes, that somebody wants to run again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RerunRequest {
    pub task_id: String,
    pub route: usize,
    /// Run all items again, not only those that ended badly.
    pub reset_items: bool,
}

impl Conductor {
    /// Without requests, every task that ended a branch badly is run again.
    pub fn request_rerun(&mut self, requests: &[RerunRequest], answers: &Answers<'_>) -> Result<(), ConductorError> {
        let candidates = self.rerun_candidates(requests)?;
        self.state.reruns.push(candidates.iter().map(|(index, _)| *index).collect());
        let mut sorted = candidates;
        sorted.sort_by_key(|(index, _)| {
            let entry = self.state.entry(*index);
            (Arc::clone(self.task_id(entry.node)), entry.route)
        });
        for (index, reset_items) in sorted {
            self.prepare_rerun(index, reset_items, answers)?;
        }
        // Branches that ended only because the workflow did go on.
        for index in self.state.terminal_indexes() {
            let entry = self.state.entry_mut(index);
            if entry.taken.contains(&Some(true)) {
                entry.term = false;
            }
        }
        self.output = None;
        self.state.status = Status::Resuming;
        Ok(())
    }

    /// Checks the requests and answers the runs to repeat, each with whether to reset all its items.
    pub fn rerun_candidates(&self, requests: &[RerunRequest]) -> Result<Vec<(usize, bool)>, ConductorError> {
        if !self.state.status.is_completed() {
            return Err(ConductorError::WorkflowIsActiveAndNotRerunable);
        }
        if requests.is_empty() {
            let abended = |index: &usize| self.state.entry(*index).status.is_abended();
            return Ok(self.state.terminal_indexes().into_iter().filter(abended).map(|index| (index, false)).collect());
        }
        let mut wanted: BTreeMap<usize, (usize, bool)> = BTreeMap::new();
        let mut unknown = Vec::new();
        for (position, request) in requests.iter().enumerate() {
            let node = self.workflow.graph.number(&request.task_id);
            match node.and_then(|node| self.state.latest_index(node, request.route)) {
                Some(index) => {
                    let first = wanted.values().find(|(known, _)| *known == index).is_none();
                    if first {
                        wanted.insert(position, (index, request.reset_items));
                    }
                }
                None => unknown.push(format!("{}|{}", request.task_id, request.route)),
            }
        }
        if !unknown.is_empty() {
            return Err(ConductorError::InvalidTaskRerunRequest(unknown.join(", ")));
        }
        Ok(self.collapse(wanted.into_values().collect()))
    }

    /// Task and route of everything that the requests would run again.
    pub fn rerun_tasks(&self, requests: &[RerunRequest]) -> Vec<(Arc<str>, usize)> {
        let candidates = self.rerun_candidates(requests).unwrap_or_default().into_iter();
        let place = |(index, _): (usize, bool)| {
            let entry = self.state.entry(index);
            (Arc::clone(self.task_id(entry.node)), entry.route)
        };
        candidates.map(place).collect()
    }

    /// Drops requests that another request includes, since everything after a task runs again with it.
    fn collapse(&self, wanted: Vec<(usize, bool)>) -> Vec<(usize, bool)> {
        if wanted.len() < 2 {
            return wanted;
        }
        let after: Vec<HashSet<usize>> = wanted.iter().map(|(index, _)| self.runs_after(*index)).collect();
        let adds_something = |own: &HashSet<usize>| after.iter().any(|other| !own.is_subset(other));
        wanted.iter().zip(&after).filter(|(_, own)| adds_something(own)).map(|(wanted, _)| *wanted).collect()
    }

    /// A run and the runs that came directly of its task and route.
    fn runs_after(&self, index: usize) -> HashSet<usize> {
        let origin = self.state.entry(index);
        let came_of = |entry: &Entry| {
            entry.prev.values().any(|previous| {
                let previous = self.state.entry(*previous);
                (previous.node, previous.route) == (origin.node, origin.route)
            })
        };
        let sequence = self.state.sequence().iter().enumerate();
        let mut runs: HashSet<usize> = sequence.filter(|(_, entry)| came_of(entry)).map(|(index, _)| index).collect();
        runs.insert(index);
        runs
    }

    fn prepare_rerun(&mut self, index: usize, reset_items: bool, answers: &Answers<'_>) -> Result<(), ConductorError> {
        let entry = self.state.entry_mut(index);
        entry.term = false;
        let (node, route, path, prev) = (entry.node, entry.route, entry.path.clone(), entry.prev.clone());
        self.forget_errors(node);
        if let Some(staged) = self.state.staging.get_mut(node, route) {
            staged.completed = false;
        }
        let items = self.state.staging.get_mut(node, route).and_then(|staged| staged.items.as_mut());
        if let Some(items) = items {
            items.reset(reset_items);
        } else {
            let mut staged = Staged::new(node, route, path.clone());
            staged.prev = prev.clone();
            let entry = Entry {
                node,
                route,
                path,
                out: None,
                prev,
                taken: vec![None; self.workflow.graph.nodes[node].edges.len()],
                status: Status::Unset,
                retry: None,
                term: false,
            };
            self.add_run(entry, answers)?;
            self.state.staging.add(staged);
        }
        let latest = self.state.latest_index(node, route).unwrap_or(index);
        for run in self.runs_after(latest) {
            self.state.entry_mut(run).term = false;
        }
        Ok(())
    }

    fn forget_errors(&mut self, node: usize) {
        let task_id = Arc::clone(self.task_id(node));
        self.errors.forget_task(&task_id);
    }
}
