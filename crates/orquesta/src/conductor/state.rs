//! What a conductor remembers (upstream `conducting.WorkflowState`), with counters beside it so that no question about
//! the whole needs a scan.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::staging::Staging;
use crate::context::{ContextPath, Variables};
use crate::spec::Property;
use crate::status::{Status, StatusCounts};

/// How often a task may be tried again, worked out when it starts.
#[derive(Clone, Debug)]
pub(crate) struct RetryState {
    pub(crate) when: Option<Property>,
    pub(crate) count: i64,
    /// Absent when the plan knows no delay at all.
    pub(crate) delay: Option<Value>,
    pub(crate) tally: i64,
}

/// One run of a task on a route.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) node: usize,
    pub(crate) route: usize,
    pub(crate) path: ContextPath,
    /// The transition that published last, and the layer it made.
    pub(crate) out: Option<(Arc<str>, usize)>,
    pub(crate) prev: IndexMap<Arc<str>, usize>,
    /// For each edge of the node: whether it was taken; `None` before that is decided.
    pub(crate) taken: Vec<Option<bool>>,
    pub(crate) status: Status,
    pub(crate) retry: Option<RetryState>,
    pub(crate) term: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) contexts: Vec<Arc<Variables>>,
    pub(crate) routes: Vec<Vec<Arc<str>>>,
    sequence: Vec<Entry>,
    pub(crate) staging: Staging,
    pub(crate) status: Status,
    /// The latest run of a task on a route.
    latest: HashMap<(usize, usize), usize>,
    pub(crate) reruns: Vec<Vec<usize>>,
    /// Statuses of the latest runs that have one.
    counts: StatusCounts,
}

impl State {
    pub(crate) fn sequence(&self) -> &[Entry] {
        &self.sequence
    }

    pub(crate) fn entry(&self, index: usize) -> &Entry {
        &self.sequence[index]
    }

    /// Everything about an entry but its status may be changed through this.
    pub(crate) fn entry_mut(&mut self, index: usize) -> &mut Entry {
        &mut self.sequence[index]
    }

    pub(crate) fn latest_index(&self, node: usize, route: usize) -> Option<usize> {
        self.latest.get(&(node, route)).copied()
    }

    pub(crate) fn latest(&self, node: usize, route: usize) -> Option<&Entry> {
        self.latest_index(node, route).map(|index| &self.sequence[index])
    }

    pub(crate) fn is_latest(&self, index: usize) -> bool {
        let entry = &self.sequence[index];
        self.latest_index(entry.node, entry.route) == Some(index)
    }

    /// Appends a run; it becomes the latest of its task and route.
    pub(crate) fn push(&mut self, entry: Entry) -> usize {
        let index = self.sequence.len();
        if let Some(previous) = self.latest.insert((entry.node, entry.route), index) {
            self.counts.remove(self.sequence[previous].status);
        }
        self.counts.add(entry.status);
        self.sequence.push(entry);
        index
    }

    pub(crate) fn set_task_status(&mut self, index: usize, status: Status) {
        let previous = std::mem::replace(&mut self.sequence[index].status, status);
        if self.is_latest(index) {
            self.counts.remove(previous);
            self.counts.add(status);
        }
    }

    /// The latest runs that somebody is working on.
    pub(crate) fn active_indexes(&self) -> Vec<usize> {
        let active = |index: &usize| self.sequence[*index].status.is_active() && self.is_latest(*index);
        (0..self.sequence.len()).filter(active).collect()
    }

    pub(crate) fn has_active_tasks(&self) -> bool {
        self.counts.any(Status::is_active)
    }

    pub(crate) fn has_paused_tasks(&self) -> bool {
        self.counts.any(|status| matches!(status, Status::Paused | Status::Pending))
    }

    pub(crate) fn has_pausing_tasks(&self) -> bool {
        self.counts.count(Status::Pausing) > 0
    }

    pub(crate) fn has_canceled_or_canceling_tasks(&self) -> bool {
        self.counts.any(Status::is_cancel)
    }

    pub(crate) fn terminal_indexes(&self) -> Vec<usize> {
        (0..self.sequence.len()).filter(|index| self.sequence[*index].term).collect()
    }

    /// The names a snapshot uses for the latest runs: `<task>__r<route>`.
    pub(crate) fn latest_by_name(&self, name: impl Fn(usize) -> Arc<str>) -> Map<String, Value> {
        let mut latest: Vec<_> = self.latest.iter().map(|((node, route), index)| (*index, *node, *route)).collect();
        latest.sort_unstable();
        latest
            .into_iter()
            .map(|(index, node, route)| (format!("{}__r{route}", name(node)), Value::from(index)))
            .collect()
    }
}
