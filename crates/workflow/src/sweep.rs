//! Recovery: workflows whose engine died, children whose news got lost.

use std::sync::Arc;

use squall_bus::{Change, Message, Queue};
use squall_model::{Execution, Status};
use squall_orquesta::Status as TaskStatus;
use squall_orquesta::engine::ActionKey;
use squall_service::{Context, Sweep, leases, move_to, publish_quietly};
use squall_store::{Error as StoreError, Patch, Transition, Write, Written, take_over};
use tracing::{info, warn};

use crate::children::{self, ActionRequest};
use crate::control;
use crate::drive::{DriveError, NOT_CANCELING, drive, patch_of, refusal};
use crate::live::{Live, Workflows};
use crate::service::report_child;
use crate::start;
use crate::status::from_orquesta;

pub(crate) async fn visit(
    context: &Context,
    workflows: Arc<Workflows>,
    execution: Arc<Execution>,
    sweep: Sweep,
) -> Result<(), StoreError> {
    if !execution.is_workflow() {
        return Ok(());
    }
    let outcome = match execution.status {
        Status::Scheduled if sweep.may_have_lost(context, &execution) => {
            if matches!(context.bus.waiting(Queue::Workflow).await, Ok(0)) {
                publish_quietly(context, Message::Execution { change: Change::Update, execution }).await;
            }
            Ok(())
        }
        Status::Requested | Status::Delayed | Status::Scheduled => Ok(()),
        _ => look_after(context, &workflows, execution, sweep).await,
    };
    match outcome {
        Err(DriveError::Store(error)) => Err(error),
        // Another engine has it.
        Err(DriveError::Superseded) | Ok(()) => Ok(()),
    }
}

async fn look_after(
    context: &Context,
    workflows: &Workflows,
    execution: Arc<Execution>,
    sweep: Sweep,
) -> Result<(), DriveError> {
    let owned_here = execution.owner == Some(context.process);
    if !owned_here && execution.status.is_owned() {
        let living = leases::living(context).await?;
        if execution.owner.is_some_and(|owner| living.contains(&owner)) {
            return Ok(());
        }
    }
    if owned_here && !sweep.may_have_lost(context, &execution) {
        return Ok(());
    }
    let id = execution.id;
    let mut slot = workflows.lock(id).await;
    let execution = if owned_here || !execution.status.is_owned() {
        execution
    } else {
        squall_telemetry::metrics().sweep_found("workflow", "ownerless");
        info!(execution_id = %id, "taking over a workflow whose engine is gone");
        match take_over(&context.store, &execution, context.process, context.now()).await? {
            Some(execution) => execution,
            None => return Ok(()),
        }
    };
    let outcome = reconcile(context, workflows, &mut slot, execution).await;
    if outcome.is_err() {
        *slot = None;
    }
    outcome
}

/// Compares what the workflow waits for with what there is, and makes up for the difference.
async fn reconcile(
    context: &Context,
    workflows: &Workflows,
    slot: &mut Option<Live>,
    execution: Arc<Execution>,
) -> Result<(), DriveError> {
    workflows.refresh(context, slot, &execution).await?;
    let Some(live) = slot else {
        return start::begin(context, slot, execution).await;
    };
    live.execution = Arc::clone(&execution);
    if let Some(kind) = control::unknown_wish(context, live).await? {
        drive(context, live, kind).await?;
    }
    for request in live.engine.pending().iter().filter_map(ActionRequest::of) {
        reconcile_child(context, live, &request).await?;
        if control::event_of(execution.status).is_some() {
            control::tell_child(context, &live.execution, &request.key, execution.status).await?;
        }
    }
    catch_up(context, live).await
}

async fn reconcile_child(context: &Context, live: &mut Live, request: &ActionRequest) -> Result<(), DriveError> {
    let id = children::child_id(&live.execution.id, &request.key);
    match context.store.executions.get(&id).await? {
        Some(child) if child.status.is_completed() || waits_unheard(live, &child, &request.key) => {
            report_child(context, live, &child).await
        }
        Some(_) => Ok(()),
        None => {
            squall_telemetry::metrics().sweep_found("workflow", "child_missing");
            warn!(execution_id = %id, "an action of a workflow was never stored; requesting it now");
            match children::child(context, live, request).await {
                Ok(execution) => {
                    let written =
                        context.store.batch.commit(vec![Write::CreateExecution(Arc::clone(&execution))]).await?;
                    if written.first() == Some(&Written::Existed) {
                        // Somebody else was quicker, and announced it.
                        return Ok(());
                    }
                    publish_quietly(context, Message::Execution { change: Change::Create, execution }).await;
                    Ok(())
                }
                Err(squall_service::RequestError::Store(error)) => Err(error.into()),
                Err(error) => {
                    let kind = refusal(live, request, &error);
                    drive(context, live, kind).await?;
                    Ok(())
                }
            }
        }
    }
}

/// Moves the execution to the status that the log says: the move behind the last events may be missing. The log must have heard what
/// the user wished, or this would undo it.
async fn catch_up(context: &Context, live: &mut Live) -> Result<(), DriveError> {
    match from_orquesta(live.engine.status()) {
        Some(status @ (Status::Running | Status::Pausing | Status::Paused | Status::Canceling)) => {
            let patch = patch_of(context, live, status);
            follow(context, live, status, patch).await
        }
        _ => end_if_over(context, live).await,
    }
}

/// Whether an action asks a person, or a workflow within this one has paused or goes on after a pause, and the news of it got lost.
fn waits_unheard(live: &Live, child: &Execution, key: &ActionKey) -> bool {
    let known = live.engine.status_of(key);
    let heard_of_a_pause = known == Some(TaskStatus::Paused);
    match child.status {
        Status::Pending => known != Some(TaskStatus::Pending),
        Status::Paused => !heard_of_a_pause,
        Status::Running | Status::Resuming => heard_of_a_pause,
        _ => false,
    }
}

/// Ends the execution of a workflow whose log says that it is over.
///
/// A store without transactions may have written the log and then refused the end, because somebody had asked for a cancellation that
/// nobody had taken in. Whoever was told that the workflow is being canceled is not told that it succeeded.
pub(crate) async fn end_if_over(context: &Context, live: &mut Live) -> Result<(), DriveError> {
    let Some(status) = from_orquesta(live.engine.status()).filter(|status| status.is_completed()) else {
        return Ok(());
    };
    let result = live.engine.result();
    let only_from = (status == Status::Succeeded).then_some(NOT_CANCELING);
    follow(context, live, status, Patch { only_from, ..Patch::result(&result) }).await?;
    if live.execution.status == Status::Canceling {
        follow(context, live, Status::Canceled, Patch::result(&result)).await?;
    }
    Ok(())
}

async fn follow(context: &Context, live: &mut Live, status: Status, patch: Patch) -> Result<(), DriveError> {
    if live.execution.status.is_completed() || live.execution.status == status {
        return Ok(());
    }
    match move_to(context, Arc::clone(&live.execution), status, patch, Vec::new()).await? {
        Transition::Moved(execution) | Transition::Refused(execution) => live.execution = execution,
        Transition::Missing => {}
    }
    Ok(())
}
