//! Cancellation, pause and resumption: down to the children, up from the user.

use std::sync::Arc;

use serde_json::Value;
use squall_model::{Execution, Status};
use squall_orquesta::engine::ActionKey;
use squall_orquesta::{EventKind, Status as TaskStatus};
use squall_service::{Context, control};
use squall_store::{Error as StoreError, Patch, Transition};

use crate::children::child_id;
use crate::live::Live;

/// Tells one action of the workflow. An action that nobody runs yet is canceled at once; of those that run only workflows hear it.
pub(crate) async fn tell_child(
    context: &Context,
    parent: &Execution,
    key: &ActionKey,
    to: Status,
) -> Result<(), StoreError> {
    let mut found = context.store.executions.get(&child_id(&parent.id, key)).await?;
    while let Some(child) = found {
        let Some(to) = effective(&child, to) else { return Ok(()) };
        let begun_meanwhile = match control(context, Arc::clone(&child), to, patch_of(parent, &child, to)).await? {
            Transition::Refused(current) if current.revision != child.revision => Some(current),
            _ => None,
        };
        found = begun_meanwhile;
    }
    Ok(())
}

fn patch_of(parent: &Execution, child: &Execution, to: Status) -> Patch {
    let mut patch = Patch { owner: child.owner, ..Patch::default() };
    if let Some(user) = parent.context.get("cancelled_by").filter(|_| to == Status::Canceling || to == Status::Canceled)
    {
        patch.context.insert("cancelled_by".to_owned(), user.clone());
    }
    if to == Status::Canceled {
        patch.result = Patch::result(&serde_json::json!({
            "message": "Action canceled by user.",
            "user": parent.context.get("cancelled_by").cloned().unwrap_or(Value::Null),
        }))
        .result;
    }
    patch
}

fn effective(child: &Execution, to: Status) -> Option<Status> {
    match (child.status, to) {
        (status, _) if status.is_completed() => None,
        (Status::Requested | Status::Scheduled | Status::Delayed | Status::Pending, Status::Canceling) => {
            Some(Status::Canceled)
        }
        // As in StackStorm, an ordinary action that runs may end what it began; the workflow waits for it.
        (_, Status::Canceling) if child.is_workflow() => Some(Status::Canceling),
        (Status::Running, Status::Pausing) | (Status::Paused, Status::Resuming) if child.is_workflow() => Some(to),
        _ => None,
    }
}

/// Returns the user's wish that the execution shows and the engine does not know of yet.
///
/// The execution is read after the log: what was a wish when it was last seen, or when a message was sent, may have been fulfilled and
/// taken back by now, and a workflow that was resumed would pause again.
pub(crate) async fn unknown_wish(context: &Context, live: &mut Live) -> Result<Option<EventKind>, StoreError> {
    if event_of(live.execution.status).is_none() {
        return Ok(None);
    }
    if let Some(current) = context.store.executions.get(&live.execution.id).await? {
        live.execution = current;
    }
    let wanted = live.execution.status;
    let (known, done) = match wanted {
        Status::Canceling => (TaskStatus::Canceling, TaskStatus::Canceled),
        Status::Pausing => (TaskStatus::Pausing, TaskStatus::Paused),
        Status::Resuming => (TaskStatus::Resuming, TaskStatus::Running),
        _ => return Ok(None),
    };
    let status = live.engine.status();
    Ok(event_of(wanted).filter(|_| status != known && status != done))
}

/// Returns the event that a user's wish is, by the status that the execution was moved to.
pub(crate) fn event_of(status: Status) -> Option<EventKind> {
    match status {
        Status::Canceling => Some(EventKind::CancelRequested),
        Status::Pausing => Some(EventKind::PauseRequested),
        Status::Resuming => Some(EventKind::ResumeRequested),
        _ => None,
    }
}
