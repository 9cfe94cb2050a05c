//! The statuses a task or a workflow can be in, and the groups the engine reasons about (upstream `orquesta/statuses.py`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A status of a task, of one item of a task, or of a workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Requested,
    Scheduled,
    Delayed,
    Running,
    Pending,
    Pausing,
    Paused,
    Resuming,
    Succeeded,
    Failed,
    Timeout,
    Abandoned,
    Retrying,
    Canceling,
    Canceled,
    /// Nothing has been heard of it yet; StackStorm writes this as `"null"`.
    #[default]
    #[serde(rename = "null")]
    Unset,
}

impl Status {
    pub const ALL: [Self; 16] = [
        Self::Requested,
        Self::Scheduled,
        Self::Delayed,
        Self::Running,
        Self::Pending,
        Self::Pausing,
        Self::Paused,
        Self::Resuming,
        Self::Succeeded,
        Self::Failed,
        Self::Timeout,
        Self::Abandoned,
        Self::Retrying,
        Self::Canceling,
        Self::Canceled,
        Self::Unset,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Scheduled => "scheduled",
            Self::Delayed => "delayed",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Abandoned => "abandoned",
            Self::Retrying => "retrying",
            Self::Canceling => "canceling",
            Self::Canceled => "canceled",
            Self::Unset => "null",
        }
    }

    /// A first report about an action: a completed task that hears one of these starts another round.
    pub const fn is_starting(self) -> bool {
        matches!(self, Self::Requested | Self::Scheduled | Self::Delayed | Self::Running | Self::Pending)
    }

    /// A workflow in one of these hands out tasks.
    pub const fn is_running(self) -> bool {
        matches!(
            self,
            Self::Requested | Self::Scheduled | Self::Delayed | Self::Running | Self::Resuming | Self::Retrying
        )
    }

    /// Somebody is working on it. Pending, paused and retrying are deliberately not active.
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Requested
                | Self::Scheduled
                | Self::Delayed
                | Self::Running
                | Self::Resuming
                | Self::Pausing
                | Self::Canceling
        )
    }

    pub const fn is_pause(self) -> bool {
        matches!(self, Self::Pausing | Self::Paused)
    }

    pub const fn is_cancel(self) -> bool {
        matches!(self, Self::Canceling | Self::Canceled)
    }

    /// Ended, and not well.
    pub const fn is_abended(self) -> bool {
        matches!(self, Self::Failed | Self::Timeout | Self::Abandoned)
    }

    pub const fn is_completed(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Timeout | Self::Abandoned | Self::Canceled)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is not the name of a status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Status \"{0}\" is not valid.")]
pub struct InvalidStatus(pub String);

impl FromStr for Status {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| InvalidStatus(text.to_owned()))
    }
}

/// How many things are in each status, so that "is anything still active?" never needs a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StatusCounts([usize; Status::ALL.len()]);

impl StatusCounts {
    pub(crate) fn of(statuses: impl IntoIterator<Item = Status>) -> Self {
        let mut counts = Self::default();
        statuses.into_iter().for_each(|status| counts.add(status));
        counts
    }

    pub(crate) const fn add(&mut self, status: Status) {
        self.0[status as usize] += 1;
    }

    pub(crate) const fn remove(&mut self, status: Status) {
        self.0[status as usize] = self.0[status as usize].saturating_sub(1);
    }

    pub(crate) const fn count(&self, status: Status) -> usize {
        self.0[status as usize]
    }

    pub(crate) fn any(&self, wanted: impl Fn(Status) -> bool) -> bool {
        Status::ALL.into_iter().any(|status| self.count(status) > 0 && wanted(status))
    }

    pub(crate) fn total(&self, wanted: impl Fn(Status) -> bool) -> usize {
        Status::ALL.into_iter().filter(|status| wanted(*status)).map(|status| self.count(status)).sum()
    }
}
