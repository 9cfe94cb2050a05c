//! Turns what happened into events of the two state machines, and applies them.

use super::Conductor;
use super::journal::Place;
use super::report::Report;
use crate::states::workflow::{Done, Rest};
use crate::states::{Activity, TaskEvent, WorkflowEvent, task, workflow};
use crate::status::Status;

impl Conductor {
    pub(super) fn process_report(&mut self, index: usize, report: &Report) {
        let entry = self.state.entry(index);
        let event = match report {
            Report::Action { status, .. } => TaskEvent::Action(*status),
            Report::Item { item_id, status, .. } => {
                let staged = self.state.staging.get(entry.node, entry.route);
                let Some(items) = staged.and_then(|staged| staged.items.as_ref()) else { return };
                items.event(*item_id, *status)
            }
            Report::Command(command) => command.event(),
        };
        self.move_task(index, event);
    }

    pub(super) fn process_workflow_request_on_task(&mut self, index: usize, status: Status) {
        let entry = self.state.entry(index);
        let items = self.state.staging.get(entry.node, entry.route).and_then(|staged| staged.items.as_ref());
        let event = items.map_or(TaskEvent::Workflow(status), |items| items.workflow_event(status));
        self.move_task(index, event);
    }

    fn move_task(&mut self, index: usize, event: TaskEvent) {
        if let Some(status) = task::next(self.state.entry(index).status, event) {
            self.state.set_task_status(index, status);
        }
    }

    /// A workflow's event for a request of somebody outside.
    pub(super) fn request_event(&self, status: Status) -> WorkflowEvent {
        let state = &self.state;
        if status.is_pause() || status.is_cancel() {
            return WorkflowEvent::RequestedWhile(status, Activity::when(state.has_active_tasks()));
        }
        let resumes = state.status == Status::Paused && matches!(status, Status::Running | Status::Resuming);
        let nothing_left = !state.has_active_tasks() && !state.staging.has_ready() && !state.has_paused_tasks();
        if resumes && nothing_left {
            return WorkflowEvent::ResumedWhenCompleted(status);
        }
        WorkflowEvent::Requested(status)
    }

    pub(super) fn process_workflow_request(&mut self, status: Status) {
        if let Some(next) = workflow::next(self.state.status, self.request_event(status)) {
            self.state.status = next;
        }
    }

    /// Tells the workflow what one of its tasks has come to.
    pub(super) fn process_task_status(&mut self, index: usize) {
        let Some(next) = workflow::next(self.state.status, self.task_event(index)) else { return };
        self.state.status = next;
        if !next.is_completed() {
            return;
        }
        for (node, route) in self.unreachable_joins() {
            self.state.status = Status::Failed;
            let task_id = std::sync::Arc::clone(&self.workflow.graph.nodes[node].id);
            let message = format!(
                "UnreachableJoinError: The join task|route \"{task_id}|{route}\" is partially satisfied but unreachable."
            );
            self.errors.error(&message, Place::task(&task_id, route), None);
        }
    }

    fn task_event(&self, index: usize) -> WorkflowEvent {
        let state = &self.state;
        let status = state.entry(index).status;
        let activity = Activity::when(state.has_active_tasks());
        let leads_on = self.leads_on(index, true);
        let done = match status {
            Status::Succeeded => Done::Succeeded,
            _ if status.is_abended() && (leads_on || self.has_barrier_next(index)) => Done::Remediated,
            _ if status.is_abended() => return WorkflowEvent::TaskWhile(Status::Failed, activity),
            Status::Pending | Status::Paused | Status::Canceled | Status::Retrying => {
                return WorkflowEvent::TaskWhile(status, activity);
            }
            _ => return WorkflowEvent::Task(status),
        };
        let rest = if state.has_canceled_or_canceling_tasks() {
            Rest::Canceled
        } else if state.has_pausing_tasks() || state.has_paused_tasks() {
            Rest::Paused
        } else if state.staging.has_ready() || leads_on {
            Rest::Incomplete
        } else {
            Rest::Completed
        };
        WorkflowEvent::TaskDone(done, activity, rest)
    }
}
