//! What a task becomes when its action, one of its items, the workflow or the engine reports.

use std::fmt;

use super::Activity;
use super::Activity::{Active, Dormant};
use crate::status::Status;

/// How the *other* items of the task stand when one of them reports; the first that applies, in this order. The first
/// three are only named while none of the others is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    Paused,
    Canceled,
    Failed,
    Incomplete,
    Completed,
}

impl Items {
    pub const ALL: [Self; 5] = [Self::Paused, Self::Canceled, Self::Failed, Self::Incomplete, Self::Completed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
            Self::Incomplete => "incomplete",
            Self::Completed => "completed",
        }
    }
}

/// An event as the task's machine sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEvent {
    /// The task's only action, or an item that has just begun to move, is in this status.
    Action(Status),
    /// One item stopped (or resumes), and this is how its siblings stand.
    Item(Status, Activity, Items),
    /// Somebody wants the whole workflow in this status.
    Workflow(Status),
    /// Somebody wants the workflow paused or canceled, and this is how the task's items stand.
    WorkflowItems(Status, Activity, Items),
    ContinueRequested,
    NoopRequested,
    FailRequested,
    RetryRequested,
}

impl TaskEvent {
    /// Every event there is, for the grid in the tests.
    pub fn all() -> Vec<Self> {
        let statuses = || Status::ALL.into_iter().filter(|status| *status != Status::Unset);
        let mut events: Vec<Self> = statuses().map(Self::Action).collect();
        for status in statuses().filter(|status| reports_about_siblings(*status)) {
            for activity in Activity::ALL {
                events.extend(Items::ALL.map(|items| Self::Item(status, activity, items)));
            }
        }
        events.extend(statuses().map(Self::Workflow));
        for status in statuses().filter(|status| status.is_pause() || status.is_cancel()) {
            for activity in Activity::ALL {
                let items = [Items::Incomplete, Items::Completed];
                events.extend(items.map(|items| Self::WorkflowItems(status, activity, items)));
            }
        }
        events.extend([Self::ContinueRequested, Self::NoopRequested, Self::FailRequested, Self::RetryRequested]);
        events
    }
}

/// Whether an item in this status is judged together with its siblings.
pub const fn reports_about_siblings(status: Status) -> bool {
    matches!(status, Status::Resuming | Status::Pending | Status::Paused) || status.is_completed()
}

impl fmt::Display for TaskEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action(status) => write!(formatter, "action_{status}"),
            Self::Item(status, activity, items) => {
                write!(formatter, "action_{status}_task_{}_items_{}", activity.as_str(), items.as_str())
            }
            Self::Workflow(status) => write!(formatter, "workflow_{status}"),
            Self::WorkflowItems(status, activity, items) => {
                write!(formatter, "workflow_{status}_task_{}_items_{}", activity.as_str(), items.as_str())
            }
            Self::ContinueRequested => formatter.write_str("task_continue_requested"),
            Self::NoopRequested => formatter.write_str("task_noop_requested"),
            Self::FailRequested => formatter.write_str("task_fail_requested"),
            Self::RetryRequested => formatter.write_str("task_retry_requested"),
        }
    }
}

/// The status a task moves to, or `None` when the event does not concern a task in `from`.
pub fn next(from: Status, event: TaskEvent) -> Option<Status> {
    use Status as S;
    match from {
        S::Unset => unset(event),
        S::Requested | S::Scheduled | S::Delayed => waiting(from, event),
        S::Running => running(event),
        S::Pending => pending(event),
        S::Pausing => pausing(event),
        S::Paused => moved(event, &[S::Running, S::Resuming, S::Canceling, S::Canceled]).or_else(|| ended(event)),
        S::Resuming => moved(event, &[S::Running, S::Canceling, S::Canceled]).or_else(|| ended(event)),
        S::Retrying => match event {
            TaskEvent::Workflow(S::Canceling | S::Canceled) => Some(S::Canceled),
            _ => moved(event, &[S::Running, S::Canceling, S::Canceled]),
        },
        S::Canceling => canceling(event),
        // Upstream's table has no rows for a timeout or an abandoned action and so cannot retry them; we can.
        S::Succeeded | S::Failed | S::Timeout | S::Abandoned => {
            (event == TaskEvent::RetryRequested).then_some(S::Retrying)
        }
        S::Canceled => None,
    }
}

/// The task follows its action into one of `statuses`.
fn moved(event: TaskEvent, statuses: &[Status]) -> Option<Status> {
    match event {
        TaskEvent::Action(to) if statuses.contains(&to) => Some(to),
        _ => None,
    }
}

fn unset(event: TaskEvent) -> Option<Status> {
    match event {
        TaskEvent::Action(to) if to.is_starting() => Some(to),
        TaskEvent::ContinueRequested | TaskEvent::NoopRequested => Some(Status::Succeeded),
        TaskEvent::FailRequested => Some(Status::Failed),
        _ => None,
    }
}

fn waiting(from: Status, event: TaskEvent) -> Option<Status> {
    use Status as S;
    match event {
        TaskEvent::Action(S::Scheduled) if from != S::Scheduled => Some(S::Scheduled),
        TaskEvent::Action(S::Delayed) if from != S::Delayed => Some(S::Delayed),
        TaskEvent::Action(S::Running | S::Pending | S::Pausing | S::Paused | S::Canceling | S::Canceled) => {
            moved(event, &Status::ALL)
        }
        TaskEvent::Action(status) if status.is_abended() => Some(status),
        _ => None,
    }
}

/// The action of a task that is held up ends all the same. Upstream has no rows for that and waits for ever.
fn ended(event: TaskEvent) -> Option<Status> {
    match event {
        TaskEvent::Action(status) | TaskEvent::Item(status, ..) if status.is_completed() => running(event),
        _ => None,
    }
}

/// The action of a task at work ended badly: whatever the reason, the task failed.
fn broken(event: TaskEvent) -> Option<Status> {
    match event {
        TaskEvent::Action(status) if status.is_abended() => Some(Status::Failed),
        TaskEvent::Item(status, Dormant, Items::Canceled) if status.is_abended() => Some(Status::Canceled),
        TaskEvent::Item(status, Dormant, _) if status.is_abended() => Some(Status::Failed),
        _ => None,
    }
}

/// The last item at work stopped without having ended.
const fn halted(items: Items) -> Status {
    match items {
        Items::Canceled => Status::Canceled,
        Items::Failed => Status::Failed,
        Items::Paused | Items::Incomplete | Items::Completed => Status::Paused,
    }
}

fn running(event: TaskEvent) -> Option<Status> {
    use Status as S;
    match event {
        TaskEvent::Item(S::Pending | S::Paused, Active, Items::Incomplete) => Some(S::Pausing),
        TaskEvent::Item(S::Pending | S::Paused, Dormant, items) => Some(halted(items)),
        TaskEvent::Item(S::Canceled, Active, Items::Incomplete) => Some(S::Canceling),
        TaskEvent::Item(S::Canceled, Dormant, _) => Some(S::Canceled),
        TaskEvent::Item(S::Succeeded, Active, Items::Incomplete) => Some(S::Running),
        TaskEvent::Item(S::Succeeded, Dormant, items) => Some(match items {
            Items::Paused => S::Paused,
            Items::Canceled => S::Canceled,
            Items::Failed => S::Failed,
            Items::Incomplete => S::Running,
            Items::Completed => S::Succeeded,
        }),
        TaskEvent::WorkflowItems(S::Pausing | S::Paused, Active, Items::Incomplete) => Some(S::Pausing),
        TaskEvent::WorkflowItems(S::Pausing | S::Paused, Dormant, Items::Incomplete) => Some(S::Paused),
        TaskEvent::WorkflowItems(S::Canceling | S::Canceled, Active, Items::Incomplete) => Some(S::Canceling),
        TaskEvent::WorkflowItems(S::Canceling | S::Canceled, Dormant, Items::Incomplete) => Some(S::Canceled),
        _ => broken(event).or_else(|| {
            moved(event, &[S::Running, S::Pending, S::Pausing, S::Paused, S::Canceling, S::Canceled, S::Succeeded])
        }),
    }
}

fn pending(event: TaskEvent) -> Option<Status> {
    match event {
        TaskEvent::Action(to @ (Status::Canceled | Status::Succeeded)) => Some(to),
        TaskEvent::Action(status) if status.is_abended() => Some(Status::Failed),
        _ => None,
    }
}

fn pausing(event: TaskEvent) -> Option<Status> {
    use Status as S;
    match event {
        TaskEvent::Item(S::Pending | S::Paused, Dormant, items) => Some(halted(items)),
        TaskEvent::Item(S::Canceled, Dormant, _) => Some(S::Canceled),
        TaskEvent::Item(S::Succeeded, Dormant, Items::Completed) => Some(S::Succeeded),
        TaskEvent::Item(S::Succeeded, Dormant, items) => Some(halted(items)),
        _ => broken(event)
            .or_else(|| moved(event, &[S::Paused, S::Resuming, S::Canceling, S::Canceled]))
            .or_else(|| moved(event, &[S::Succeeded])),
    }
}

fn canceling(event: TaskEvent) -> Option<Status> {
    use Status as S;
    match event {
        TaskEvent::Action(S::Paused | S::Canceled) => Some(S::Canceled),
        TaskEvent::Action(S::Succeeded) => Some(S::Succeeded),
        TaskEvent::Action(status) if status.is_abended() => Some(S::Failed),
        TaskEvent::Item(S::Succeeded, Dormant, Items::Completed) => Some(S::Succeeded),
        TaskEvent::Item(S::Resuming, ..) => None,
        TaskEvent::Item(_, Dormant, _) => Some(S::Canceled),
        _ => None,
    }
}
