//! The items of a `with items` task while they run. Counters instead of scans: one more finished item costs the same
//! whether ten or ten thousand are around.

use std::sync::Arc;

use serde_json::Value;

use crate::states::Activity;
use crate::states::task::{Items, TaskEvent, reports_about_siblings};
use crate::status::{Status, StatusCounts};

#[derive(Clone, Debug, Default)]
pub(crate) struct ItemsRun {
    statuses: Vec<Status>,
    counts: StatusCounts,
    /// No item before this one is unset.
    first_unset: usize,
    /// What each item is, once the list has been evaluated.
    pub(crate) values: Option<Arc<Vec<Value>>>,
    /// How many items may run at once; `null` for all.
    pub(crate) concurrency: Value,
    /// What each item answered, as far as it has.
    pub(crate) results: Vec<Value>,
}

impl ItemsRun {
    pub(crate) fn new(values: Arc<Vec<Value>>, concurrency: Value) -> Self {
        let mut run = Self::from_statuses(vec![Status::Unset; values.len()]);
        run.concurrency = concurrency;
        run.values = Some(values);
        run
    }

    /// Items whose list has yet to be evaluated (again).
    pub(crate) fn from_statuses(statuses: Vec<Status>) -> Self {
        Self {
            counts: StatusCounts::of(statuses.iter().copied()),
            results: vec![Value::Null; statuses.len()],
            statuses,
            ..Self::default()
        }
    }

    pub(crate) fn statuses(&self) -> &[Status] {
        &self.statuses
    }

    pub(crate) const fn len(&self) -> usize {
        self.statuses.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.statuses.is_empty()
    }

    pub(crate) fn set(&mut self, item: usize, status: Status) {
        let previous = std::mem::replace(&mut self.statuses[item], status);
        self.counts.remove(previous);
        self.counts.add(status);
        if status == Status::Unset {
            self.first_unset = self.first_unset.min(item);
        }
    }

    pub(crate) fn has_active(&self) -> bool {
        self.counts.any(Status::is_active)
    }

    /// The items to start now: those not started yet, as far as the concurrency leaves room.
    pub(crate) fn startable(&mut self) -> Vec<usize> {
        while self.statuses.get(self.first_unset).is_some_and(|status| *status != Status::Unset) {
            self.first_unset += 1;
        }
        let room = match self.concurrency.as_i64() {
            Some(limit) => {
                let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
                limit.saturating_sub(self.counts.total(Status::is_active))
            }
            None => usize::MAX,
        };
        let room = room.min(self.counts.count(Status::Unset));
        let unset = |item: &usize| self.statuses[*item] == Status::Unset;
        (self.first_unset..self.statuses.len()).filter(unset).take(room).collect()
    }

    /// What the report of one item means to the task, judged on all the others.
    pub(crate) fn event(&self, item: usize, status: Status) -> TaskEvent {
        if !reports_about_siblings(status) {
            return TaskEvent::Action(status);
        }
        let mut others = self.counts.clone();
        if let Some(own) = self.statuses.get(item) {
            others.remove(*own);
        }
        let active = others.any(Status::is_active);
        let items = if !active && others.any(|other| matches!(other, Status::Pending | Status::Paused)) {
            Items::Paused
        } else if !active && others.count(Status::Canceled) > 0 {
            Items::Canceled
        } else if !active && others.any(Status::is_abended) {
            Items::Failed
        } else if others.any(|other| !other.is_completed()) {
            Items::Incomplete
        } else {
            Items::Completed
        };
        TaskEvent::Item(status, Activity::when(active), items)
    }

    /// What a request to pause or cancel the workflow means to the task.
    pub(crate) fn workflow_event(&self, status: Status) -> TaskEvent {
        if !status.is_pause() && !status.is_cancel() {
            return TaskEvent::Workflow(status);
        }
        let incomplete = self.counts.any(|status| !status.is_completed());
        let items = if incomplete { Items::Incomplete } else { Items::Completed };
        TaskEvent::WorkflowItems(status, Activity::when(self.has_active()), items)
    }

    /// Gets ready for a rerun: items that ended badly, or all of them, are to be run again.
    pub(crate) fn reset(&mut self, all: bool) {
        for item in 0..self.statuses.len() {
            if all || self.statuses[item].is_abended() {
                self.set(item, Status::Unset);
                self.results[item] = Value::Null;
            }
        }
    }
}
