//! What a conductor is told about a task (upstream `orquesta/events.py`).

use serde_json::Value;

use crate::states::TaskEvent;
use crate::status::Status;

/// What the engine itself does in place of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Continue,
    Noop,
    Fail,
    Retry,
}

impl Command {
    pub fn named(task_id: &str) -> Option<Self> {
        match task_id {
            "continue" => Some(Self::Continue),
            "noop" => Some(Self::Noop),
            "fail" => Some(Self::Fail),
            "retry" => Some(Self::Retry),
            _ => None,
        }
    }

    pub(super) const fn event(self) -> TaskEvent {
        match self {
            Self::Continue => TaskEvent::ContinueRequested,
            Self::Noop => TaskEvent::NoopRequested,
            Self::Fail => TaskEvent::FailRequested,
            Self::Retry => TaskEvent::RetryRequested,
        }
    }

    const fn status(self) -> Status {
        match self {
            Self::Continue | Self::Noop => Status::Succeeded,
            Self::Fail => Status::Failed,
            Self::Retry => Status::Retrying,
        }
    }
}

/// The result of a task with items, when one of its items reports.
#[derive(Clone, Debug)]
pub enum Accumulated {
    /// What the conductor was told about the items so far.
    Collected,
    /// Whoever reports keeps the results.
    Given(Value),
}

#[derive(Clone, Debug)]
pub enum Report {
    Action { status: Status, result: Value },
    Item { item_id: usize, status: Status, result: Value, accumulated: Accumulated },
    Command(Command),
}

impl Report {
    pub const fn status(&self) -> Status {
        match self {
            Self::Action { status, .. } | Self::Item { status, .. } => *status,
            Self::Command(command) => command.status(),
        }
    }

    pub(super) const fn result(&self) -> Option<&Value> {
        match self {
            Self::Action { result, .. } | Self::Item { result, .. } => Some(result),
            Self::Command(_) => None,
        }
    }
}
