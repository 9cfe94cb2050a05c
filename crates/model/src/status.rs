//! The statuses of an execution and the moves between them. Counterpart: st2common/constants/action.py.
//!
//! The table is a total `match`; the whole grid is a test. Nothing outside this file decides whether a move is legal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Requested,
    Scheduled,
    Delayed,
    Running,
    Succeeded,
    Failed,
    Timeout,
    Abandoned,
    Canceling,
    Canceled,
    Pending,
    Pausing,
    Paused,
    Resuming,
}

/// The text is not the name of a status.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is not a valid status")]
pub struct InvalidStatus(pub String);

impl Status {
    pub const ALL: [Self; 14] = [
        Self::Requested,
        Self::Scheduled,
        Self::Delayed,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Timeout,
        Self::Abandoned,
        Self::Canceling,
        Self::Canceled,
        Self::Pending,
        Self::Pausing,
        Self::Paused,
        Self::Resuming,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Scheduled => "scheduled",
            Self::Delayed => "delayed",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Abandoned => "abandoned",
            Self::Canceling => "canceling",
            Self::Canceled => "canceled",
            Self::Pending => "pending",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
        }
    }

    /// True for the five statuses that are final.
    pub const fn is_completed(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Timeout | Self::Abandoned | Self::Canceled)
    }

    /// True for the ways to end that count as a failure.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Timeout | Self::Abandoned)
    }

    /// True where a user may still ask for cancellation.
    pub const fn is_cancelable(self) -> bool {
        use Status as S;
        matches!(
            self,
            S::Requested
                | S::Scheduled
                | S::Delayed
                | S::Running
                | S::Pending
                | S::Pausing
                | S::Paused
                | S::Resuming
                | S::Canceling
        )
    }

    /// True where some process must hold a lease on the execution.
    pub const fn is_owned(self) -> bool {
        matches!(self, Self::Running | Self::Canceling | Self::Pausing | Self::Resuming)
    }

    /// Tells whether an execution may move from this status to `next`.
    ///
    /// `Running -> Requested` is the recovery of an action whose runner died and whose metadata allows a second run.
    pub const fn may_become(self, next: Self) -> bool {
        use Status as S;
        match self {
            S::Requested => matches!(
                next,
                S::Scheduled | S::Delayed | S::Running | S::Canceling | S::Canceled | S::Failed | S::Abandoned
            ),
            S::Delayed => matches!(next, S::Requested | S::Scheduled | S::Canceling | S::Canceled | S::Failed),
            S::Scheduled => matches!(
                next,
                S::Requested | S::Delayed | S::Running | S::Canceling | S::Canceled | S::Failed | S::Abandoned
            ),
            S::Running => matches!(
                next,
                S::Requested
                    | S::Succeeded
                    | S::Failed
                    | S::Timeout
                    | S::Abandoned
                    | S::Canceling
                    | S::Canceled
                    | S::Pending
                    | S::Pausing
                    | S::Paused
            ),
            S::Pending => matches!(
                next,
                S::Succeeded | S::Failed | S::Timeout | S::Abandoned | S::Canceling | S::Canceled | S::Running
            ),
            S::Pausing => matches!(
                next,
                S::Paused
                    | S::Running
                    | S::Succeeded
                    | S::Failed
                    | S::Timeout
                    | S::Abandoned
                    | S::Canceling
                    | S::Canceled
                    | S::Resuming
            ),
            S::Paused => matches!(
                next,
                S::Resuming | S::Running | S::Succeeded | S::Failed | S::Abandoned | S::Canceling | S::Canceled
            ),
            S::Resuming => matches!(
                next,
                S::Running
                    | S::Succeeded
                    | S::Failed
                    | S::Timeout
                    | S::Abandoned
                    | S::Canceling
                    | S::Canceled
                    | S::Pausing
                    | S::Paused
            ),
            S::Canceling => matches!(next, S::Canceled | S::Succeeded | S::Failed | S::Timeout | S::Abandoned),
            S::Succeeded | S::Failed | S::Timeout | S::Abandoned | S::Canceled => false,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, InvalidStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| InvalidStatus(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_statuses_absorb() {
        for from in Status::ALL.into_iter().filter(|status| status.is_completed()) {
            for to in Status::ALL {
                assert!(!from.may_become(to), "{from} -> {to}");
            }
        }
    }

    #[test]
    fn every_open_status_can_still_end() {
        for from in Status::ALL.into_iter().filter(|status| !status.is_completed()) {
            assert!(Status::ALL.into_iter().any(|to| to.is_completed() && from.may_become(to)), "{from}");
        }
    }

    #[test]
    fn the_grid_is_as_reviewed() {
        let grid: Vec<String> = Status::ALL
            .into_iter()
            .map(|from| {
                let next: Vec<_> =
                    Status::ALL.into_iter().filter(|to| from.may_become(*to)).map(Status::as_str).collect();
                format!("{from}: {}", next.join(" "))
            })
            .collect();
        let reviewed = include_str!("status_grid.txt").lines().map(str::trim_end).collect::<Vec<_>>();
        assert_eq!(grid.iter().map(|line| line.trim_end()).collect::<Vec<_>>(), reviewed);
    }

    #[test]
    fn names_round_trip() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse::<Status>().unwrap(), status);
        }
        assert!("done".parse::<Status>().is_err());
    }
}
