//! Finds actions that no message announced, and those whose owner is dead.

use std::sync::Arc;

use serde_json::json;
use squall_bus::{Change, Message, Queue};
use squall_model::{Execution, Status};
use squall_service::inquiries::is_inquiry;
use squall_service::{Context, Sweep, TaskKind, leases, move_to, publish_quietly};
use squall_store::{Error as StoreError, Patch};
use squall_telemetry::metrics;
use tracing::warn;

use crate::service::{Shared, canceled_result, run_unanswered};

/// Whoever is gone had the action in one of these. A wish to cancel it that came meanwhile is not passed over: the next sweep fulfils it.
const NOT_CANCELED: &[Status] = &[Status::Running, Status::Pausing, Status::Resuming];

pub(crate) async fn visit(
    context: &Context,
    shared: Arc<Shared>,
    execution: Arc<Execution>,
    sweep: Sweep,
) -> Result<(), StoreError> {
    if execution.is_workflow() {
        return Ok(());
    }
    match execution.status {
        Status::Scheduled if sweep.may_have_lost(context, &execution) => announce_again(context, execution).await,
        Status::Canceling if execution.owner == Some(context.process) => {
            if !shared.claims.cancel(execution.id) {
                end_cancellation(context, execution).await?;
            }
            Ok(())
        }
        Status::Running if execution.owner == Some(context.process) => {
            if !shared.claims.contains(execution.id) {
                let (own, id) = (context.clone(), execution.id);
                context.tasks.spawn(TaskKind::Work, "action", async move {
                    if let Err(error) = run_unanswered(&own, &shared, id).await {
                        warn!(%error, execution_id = %id, "could not look at an action; the next sweep does");
                    }
                });
            }
            Ok(())
        }
        status if status.is_owned() => take_from_the_dead(context, execution).await,
        _ => Ok(()),
    }
}

/// Publishes the message again, unless the queue is long and it may well be in it.
async fn announce_again(context: &Context, execution: Arc<Execution>) -> Result<(), StoreError> {
    if matches!(context.bus.waiting(Queue::ActionRunner).await, Ok(0)) {
        metrics().sweep_found("actionrunner", "unannounced");
        publish_quietly(context, Message::Execution { change: Change::Update, execution }).await;
    }
    Ok(())
}

async fn take_from_the_dead(context: &Context, execution: Arc<Execution>) -> Result<(), StoreError> {
    let living = leases::living(context).await?;
    if execution.owner.is_some_and(|owner| living.contains(&owner)) {
        return Ok(());
    }
    metrics().sweep_found("actionrunner", "ownerless");
    if execution.status == Status::Canceling {
        return end_cancellation(context, execution).await;
    }
    // Another sweep may have been here already, and somebody who lives may run it now.
    let fence = execution.owner.map(|owner| (owner, execution.attempt));
    let patch = Patch { fence, only_from: Some(NOT_CANCELED), ..Patch::default() };
    let (id, action) = (execution.id, execution.action_ref().to_owned());
    // To ask again costs nothing: whoever was told already is not told twice.
    if execution.snapshot.action.runs_again_when_lost() || is_inquiry(&execution) {
        warn!(execution_id = %id, action, "the process that ran the action is gone; it runs again");
        move_to(context, execution, Status::Requested, patch, Vec::new()).await?;
    } else {
        warn!(execution_id = %id, action, "the process that ran the action is gone; it is abandoned");
        let reason = "The process that ran the action is gone, and the action does not say that it may run again.";
        let patch = Patch { result: Patch::result(&json!({"error": reason})).result, ..patch };
        move_to(context, execution, Status::Abandoned, patch, Vec::new()).await?;
    }
    Ok(())
}

async fn end_cancellation(context: &Context, execution: Arc<Execution>) -> Result<(), StoreError> {
    let patch = Patch::result(&canceled_result(&execution));
    move_to(context, execution, Status::Canceled, patch, Vec::new()).await.map(|_| ())
}
