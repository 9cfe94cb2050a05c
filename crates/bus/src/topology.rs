//! Exchanges and queues as data. Counterparts: st2common/transport/*.py, queues.py.

use squall_model::Status;

use crate::Message;

/// The exchanges, with StackStorm's names where it has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exchange {
    Execution,
    ExecutionOutput,
    LiveactionStatus,
    Announcement,
    TriggerInstances,
    Trigger,
    Sensor,
    Catalogue,
}

impl Exchange {
    pub const ALL: [Self; 8] = [
        Self::Execution,
        Self::ExecutionOutput,
        Self::LiveactionStatus,
        Self::Announcement,
        Self::TriggerInstances,
        Self::Trigger,
        Self::Sensor,
        Self::Catalogue,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Execution => "st2.execution",
            Self::ExecutionOutput => "st2.execution.output",
            Self::LiveactionStatus => "st2.liveaction.status",
            Self::Announcement => "st2.announcement",
            Self::TriggerInstances => "st2.trigger_instances_dispatch",
            Self::Trigger => "st2.trigger",
            Self::Sensor => "st2.sensor",
            Self::Catalogue => "squall.catalogue",
        }
    }
}

/// The work queues: one consumer gets each message. A queue that nobody consumes grows for ever, so each has its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Requested executions, and those whose delay is over.
    Scheduler,
    /// Scheduled executions of ordinary runners.
    ActionRunner,
    /// Scheduled workflows, and children of workflows that changed.
    Workflow,
    /// Pending trigger instances.
    RulesEngine,
    /// Cancel, pause and resume of workflows; action runners listen to the exchange instead, because each owns what it runs.
    WorkflowControl,
}

/// One row of the topology.
pub struct QueueSpec {
    pub queue: Queue,
    pub name: &'static str,
    pub exchange: Exchange,
    /// Tells whether the queue wants a message of its exchange.
    pub wants: fn(&Message) -> bool,
}

pub const QUEUES: &[QueueSpec] = &[
    QueueSpec {
        queue: Queue::Scheduler,
        name: "st2.actionrunner.req",
        exchange: Exchange::Execution,
        wants: |message| with_execution(message, |execution| execution.status == Status::Requested),
    },
    QueueSpec {
        queue: Queue::ActionRunner,
        name: "st2.actionrunner.work",
        exchange: Exchange::Execution,
        wants: |message| {
            with_execution(message, |execution| execution.status == Status::Scheduled && !execution.is_workflow())
        },
    },
    QueueSpec {
        queue: Queue::Workflow,
        name: "st2.workflow.work",
        exchange: Exchange::Execution,
        wants: |message| {
            with_execution(message, |execution| {
                let starts = execution.is_workflow() && execution.status == Status::Scheduled;
                starts || (belongs_to_workflow(execution) && reports_to_workflow(execution))
            })
        },
    },
    QueueSpec {
        queue: Queue::RulesEngine,
        name: "st2.trigger_instances_dispatch.rules_engine",
        exchange: Exchange::TriggerInstances,
        wants: |_| true,
    },
    QueueSpec {
        queue: Queue::WorkflowControl,
        name: "st2.workflow.control",
        exchange: Exchange::LiveactionStatus,
        wants: |message| matches!(message, Message::Control { execution } if execution.is_workflow()),
    },
];

fn with_execution(message: &Message, holds: impl Fn(&squall_model::Execution) -> bool) -> bool {
    matches!(message, Message::Execution { execution, .. } if holds(execution))
}

/// Tells whether some workflow or chain waits for the execution; that of a chain knows no workflow execution.
fn belongs_to_workflow(execution: &squall_model::Execution) -> bool {
    execution.workflow_execution.is_some() || (execution.parent.is_some() && execution.context.contains_key("chain"))
}

/// Tells whether a child's move to this status is news for the workflow it belongs to.
///
/// That a workflow within a workflow is about to be canceled or paused, or goes on after a pause, is news too: the outer one goes
/// along.
fn reports_to_workflow(execution: &squall_model::Execution) -> bool {
    let status = execution.status;
    let goes_along = execution.is_workflow()
        && (matches!(status, Status::Canceling | Status::Pausing | Status::Resuming)
            || goes_on_after_a_pause(execution));
    status.is_completed() || goes_along || matches!(status, Status::Pending | Status::Paused)
}

/// A workflow that was asked to resume says so before; one that a workflow within it took along does not.
fn goes_on_after_a_pause(execution: &squall_model::Execution) -> bool {
    let before = execution.log.iter().rev().nth(1).map(|entry| entry.status);
    execution.status == Status::Running && before == Some(Status::Paused)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let queues: HashSet<_> = QUEUES.iter().map(|spec| spec.name).collect();
        assert_eq!(queues.len(), QUEUES.len());
        let exchanges: HashSet<_> = Exchange::ALL.iter().map(|exchange| exchange.name()).collect();
        assert_eq!(exchanges.len(), Exchange::ALL.len());
    }
}
