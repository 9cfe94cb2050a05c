//! What a workflow becomes when somebody requests something of it or one of its tasks reports.

use std::fmt;

use super::Activity;
use super::Activity::{Active, Dormant};
use crate::status::Status;

/// A task is done, well enough for the workflow to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Succeeded,
    /// It failed, and a transition of its own deals with that.
    Remediated,
}

/// What is left of the workflow, judged after a task is done; the first that applies, in this order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Canceled,
    Paused,
    Incomplete,
    Completed,
}

/// An event as the workflow's machine sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkflowEvent {
    /// Somebody wants the workflow to be in this status.
    Requested(Status),
    /// Somebody wants it paused or canceled, and tasks are (not) at work.
    RequestedWhile(Status, Activity),
    /// Somebody wants a paused workflow to go on, and nothing is left to do.
    ResumedWhenCompleted(Status),
    /// A task is in this status now.
    Task(Status),
    /// A task stopped working (pending, paused, failed, canceled, retrying) and others are (not) at work.
    TaskWhile(Status, Activity),
    TaskDone(Done, Activity, Rest),
}

impl WorkflowEvent {
    /// Every event there is, for the grid in the tests.
    pub fn all() -> Vec<Self> {
        let statuses = Status::ALL.into_iter().filter(|status| *status != Status::Unset);
        let mut events: Vec<Self> = statuses.clone().map(Self::Requested).collect();
        for activity in Activity::ALL {
            let held = statuses.clone().filter(|status| status.is_pause() || status.is_cancel());
            events.extend(held.map(|status| Self::RequestedWhile(status, activity)));
        }
        events.extend([Status::Running, Status::Resuming].map(Self::ResumedWhenCompleted));
        events.extend(statuses.map(Self::Task));
        for activity in Activity::ALL {
            let stopped = [Status::Pending, Status::Paused, Status::Failed, Status::Canceled, Status::Retrying];
            events.extend(stopped.map(|status| Self::TaskWhile(status, activity)));
            for done in [Done::Succeeded, Done::Remediated] {
                let rests = [Rest::Canceled, Rest::Paused, Rest::Incomplete, Rest::Completed];
                events.extend(rests.map(|rest| Self::TaskDone(done, activity, rest)));
            }
        }
        events
    }
}

impl fmt::Display for WorkflowEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested(status) => write!(formatter, "workflow_{status}"),
            Self::RequestedWhile(status, activity) => {
                write!(formatter, "workflow_{status}_workflow_{}", activity.as_str())
            }
            Self::ResumedWhenCompleted(status) => write!(formatter, "workflow_{status}_workflow_completed"),
            Self::Task(status) => write!(formatter, "task_{status}"),
            Self::TaskWhile(status, activity) => write!(formatter, "task_{status}_workflow_{}", activity.as_str()),
            Self::TaskDone(done, activity, rest) => {
                let done = match done {
                    Done::Succeeded => "succeeded",
                    Done::Remediated => "remediated",
                };
                let rest = match rest {
                    Rest::Canceled => "canceled",
                    Rest::Paused => "paused",
                    Rest::Incomplete => "incomplete",
                    Rest::Completed => "completed",
                };
                write!(formatter, "task_{done}_workflow_{}_{rest}", activity.as_str())
            }
        }
    }
}

/// The status a workflow moves to, or `None` when the event does not concern a workflow in `from`.
pub fn next(from: Status, event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match from {
        S::Unset => unset(event),
        S::Requested | S::Scheduled | S::Delayed => waiting(from, event),
        S::Running => running(event),
        S::Pausing => pausing(event),
        S::Paused => paused(event),
        S::Resuming => resuming(event),
        S::Canceling => canceling(event),
        S::Succeeded => (event == WorkflowEvent::Requested(S::Failed)).then_some(S::Failed),
        S::Failed | S::Canceled | S::Timeout | S::Abandoned | S::Pending | S::Retrying => None,
    }
}

fn unset(event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::Requested(to @ (S::Requested | S::Scheduled | S::Delayed | S::Running | S::Failed)) => Some(to),
        _ => None,
    }
}

fn waiting(from: Status, event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::Requested(to @ (S::Running | S::Failed)) => Some(to),
        WorkflowEvent::Requested(S::Scheduled) if from != S::Scheduled => Some(S::Scheduled),
        WorkflowEvent::Requested(S::Delayed) if from != S::Delayed => Some(S::Delayed),
        WorkflowEvent::RequestedWhile(S::Pausing | S::Paused, Dormant) => Some(S::Paused),
        WorkflowEvent::RequestedWhile(S::Canceling | S::Canceled, Dormant) => Some(S::Canceled),
        _ => None,
    }
}

/// Pause and cancel requests while tasks may be at work: they settle at once only when nothing is.
fn held(event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::RequestedWhile(S::Pausing | S::Paused, Active) => Some(S::Pausing),
        WorkflowEvent::RequestedWhile(S::Pausing | S::Paused, Dormant) => Some(S::Paused),
        WorkflowEvent::RequestedWhile(S::Canceling | S::Canceled, Active) => Some(S::Canceling),
        WorkflowEvent::RequestedWhile(S::Canceling | S::Canceled, Dormant) => Some(S::Canceled),
        _ => None,
    }
}

/// What every unfinished workflow that is not being canceled does with a task that failed or was canceled: it fails
/// fast, even when other tasks are at work.
fn broken(event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::Requested(S::Failed) | WorkflowEvent::TaskWhile(S::Failed, _) => Some(S::Failed),
        WorkflowEvent::Task(S::Canceling) | WorkflowEvent::TaskWhile(S::Canceled, Active) => Some(S::Canceling),
        WorkflowEvent::TaskWhile(S::Canceled, Dormant) => Some(S::Canceled),
        _ => None,
    }
}

fn running(event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::Requested(S::Succeeded) => Some(S::Succeeded),
        WorkflowEvent::TaskWhile(S::Pending, Active) => Some(S::Pausing),
        WorkflowEvent::TaskWhile(S::Pending | S::Paused, Dormant) => Some(S::Paused),
        // One paused task does not stop the others.
        WorkflowEvent::Task(S::Pausing) | WorkflowEvent::TaskWhile(S::Paused, Active) => Some(S::Running),
        WorkflowEvent::TaskDone(_, Active, Rest::Paused) => Some(S::Pausing),
        WorkflowEvent::TaskDone(_, Active, Rest::Canceled) => Some(S::Canceling),
        WorkflowEvent::TaskDone(_, Active, Rest::Incomplete | Rest::Completed) => Some(S::Running),
        WorkflowEvent::TaskDone(_, Dormant, rest) => Some(settled(rest)),
        _ => held(event).or_else(|| broken(event)),
    }
}

const fn settled(rest: Rest) -> Status {
    match rest {
        Rest::Canceled => Status::Canceled,
        Rest::Paused => Status::Paused,
        Rest::Incomplete => Status::Running,
        Rest::Completed => Status::Succeeded,
    }
}

fn pausing(event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::Requested(to @ (S::Running | S::Resuming)) => Some(to),
        WorkflowEvent::TaskWhile(S::Pending | S::Paused | S::Retrying, Active) => Some(S::Pausing),
        WorkflowEvent::TaskWhile(S::Pending | S::Paused | S::Retrying, Dormant) => Some(S::Paused),
        WorkflowEvent::TaskDone(Done::Remediated, Active, Rest::Canceled) => Some(S::Canceling),
        WorkflowEvent::TaskDone(_, Active, _) => Some(S::Pausing),
        WorkflowEvent::TaskDone(_, Dormant, Rest::Canceled) => Some(S::Canceled),
        WorkflowEvent::TaskDone(_, Dormant, _) => Some(S::Paused),
        _ => held(event).or_else(|| broken(event)),
    }
}

fn paused(event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::Requested(to @ (S::Running | S::Resuming | S::Failed)) => Some(to),
        WorkflowEvent::ResumedWhenCompleted(_) => Some(S::Succeeded),
        WorkflowEvent::RequestedWhile(S::Canceling | S::Canceled, Dormant) => Some(S::Canceled),
        WorkflowEvent::Task(S::Running | S::Resuming) => Some(S::Running),
        // Upstream has no row for this, and a resume then makes a success of it.
        WorkflowEvent::TaskWhile(S::Failed, _) => Some(S::Failed),
        _ => None,
    }
}

fn resuming(event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::Requested(S::Running) | WorkflowEvent::Task(S::Running) => Some(S::Running),
        WorkflowEvent::TaskWhile(S::Pending, Active) => Some(S::Pausing),
        WorkflowEvent::TaskWhile(S::Pending, Dormant) => Some(S::Paused),
        WorkflowEvent::TaskDone(_, Active, Rest::Incomplete | Rest::Completed) => Some(S::Running),
        WorkflowEvent::TaskDone(_, Dormant, rest) => Some(settled(rest)),
        _ => held(event).or_else(|| broken(event)),
    }
}

fn canceling(event: WorkflowEvent) -> Option<Status> {
    use Status as S;
    match event {
        WorkflowEvent::Requested(S::Failed) => Some(S::Failed),
        WorkflowEvent::RequestedWhile(S::Canceling | S::Canceled, _) => held(event),
        WorkflowEvent::TaskWhile(_, Active)
        | WorkflowEvent::TaskDone(_, Active, Rest::Incomplete | Rest::Completed) => Some(S::Canceling),
        WorkflowEvent::TaskWhile(_, Dormant) | WorkflowEvent::TaskDone(_, Dormant, _) => Some(S::Canceled),
        _ => None,
    }
}
