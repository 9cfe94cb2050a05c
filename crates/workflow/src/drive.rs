//! Events into a workflow: applied, appended, their effects performed.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_bus::{Change, Message};
use squall_chain::SharedHost;
use squall_model::{Execution, Id, Status};
use squall_orquesta::engine::ActionKey;
use squall_orquesta::{ConductError, Effect, Event, EventKind, Status as TaskStatus};
use squall_service::{Context, RequestError, move_to, publish_quietly};
use squall_store::{Error as StoreError, Patch, Transition, WorkflowSnapshot, Write, Written};
use tracing::{debug, warn};

use crate::children::{self, ActionRequest};
use crate::control;
use crate::definition::may_ask_the_store;
use crate::host::StoreHost;
use crate::live::{Live, workflow_id};
use crate::record::Record;
use crate::status::from_orquesta;

#[derive(Debug, thiserror::Error)]
pub(crate) enum DriveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another engine appended an event: what is in memory is stale.
    #[error("another engine drives the workflow")]
    Superseded,
}

/// What is to be written and done for a series of events.
#[derive(Default)]
struct Step {
    records: Vec<Record>,
    children: Vec<Arc<Execution>>,
    controls: Vec<(ActionKey, Status)>,
    changed: Option<Status>,
    /// The workflow waited, and goes on.
    goes_on: bool,
    /// With whose answer to an inquiry it does.
    answered_by: Option<Value>,
    finished: Option<(Status, Value)>,
}

/// Drives a loaded workflow by one event. On an error the caller forgets the workflow and loads it again: memory may be ahead of the log.
pub(crate) async fn drive(context: &Context, live: &mut Live, kind: EventKind) -> Result<(), DriveError> {
    drive_all(context, live, vec![kind], None).await
}

/// As [`drive`], by several events in one step: their records and all that follows from them share one write. `answered_by` says whose
/// answer to an inquiry is among them.
pub(crate) async fn drive_all(
    context: &Context,
    live: &mut Live,
    kinds: Vec<EventKind>,
    answered_by: Option<Value>,
) -> Result<(), DriveError> {
    let waited = live.engine.status().is_pause();
    let mut step = Step::default();
    for kind in kinds {
        advance(context, live, &mut step, kind, None).await?;
    }
    let status = live.engine.status();
    step.goes_on = waited && (status == TaskStatus::Running || (answered_by.is_some() && !status.is_pause()));
    step.answered_by = answered_by;
    finish(context, live, step).await
}

/// As [`drive`]; the first event of a workflow brings the definition or the log of the workflow that it runs again.
pub(crate) async fn drive_with(
    context: &Context,
    live: &mut Live,
    kind: EventKind,
    definition: Option<String>,
    earlier: Vec<Record>,
) -> Result<(), DriveError> {
    let mut step = Step { records: earlier, ..Step::default() };
    advance(context, live, &mut step, kind, definition).await?;
    finish(context, live, step).await
}

/// Takes one event into the step. One that makes no sense in this state is a repetition, or news of an action that is not awaited any
/// more: it makes no difference.
async fn advance(
    context: &Context,
    live: &mut Live,
    step: &mut Step,
    kind: EventKind,
    definition: Option<String>,
) -> Result<(), DriveError> {
    match apply(context, live, step, kind, definition).await? {
        Ok(effects) => take(context, live, step, effects).await,
        Err(reason) => {
            debug!(execution_id = %live.execution.id, %reason, "an event makes no difference to the workflow");
            Ok(())
        }
    }
}

/// Writes the step and does what it asks for.
async fn finish(context: &Context, live: &mut Live, mut step: Step) -> Result<(), DriveError> {
    if step.records.is_empty() {
        return Ok(());
    }
    if step.goes_on {
        show_resumption(context, live, step.answered_by.take()).await?;
    }
    if matches!(step.finished, Some((Status::Canceled, _))) {
        // What waits in it is canceled first: once the workflow is over, nobody looks after it.
        tell_children(context, live, &mut step).await?;
    }
    let existed = commit(context, live, &step).await?;
    // Those that were there already are as they are stored: nobody may be told of another version.
    step.children.retain(|child| !existed.contains(&child.id));
    for id in existed {
        step.children.extend(context.store.executions.get(&id).await?);
    }
    perform(context, live, step).await
}

/// Applies one event to the engine and notes it for the log; the inner error is that the event makes no sense now.
async fn apply(
    context: &Context,
    live: &mut Live,
    step: &mut Step,
    kind: EventKind,
    definition: Option<String>,
) -> Result<Result<Vec<Effect>, ConductError>, DriveError> {
    let host: SharedHost = Arc::new(StoreHost { context: context.clone(), execution: Arc::clone(&live.execution) });
    let mut event = Event::from(kind);
    let effects = if may_ask_the_store(&live.definition) {
        // The engine goes there and back: copied, it would cost each event what all those before it left behind.
        let away = live.engine.fresh();
        let mut engine = std::mem::replace(&mut live.engine, away);
        let applied = tokio::task::spawn_blocking(move || {
            let effects = engine.apply(&mut event, &host);
            (engine, event, effects)
        });
        let (engine, applied_event, effects) =
            applied.await.map_err(|error| StoreError::Corrupt(format!("an event could not be applied: {error}")))?;
        live.engine = engine;
        event = applied_event;
        effects
    } else {
        live.engine.apply(&mut event, &host)
    };
    Ok(effects.inspect(|_| step.records.push(Record { definition, event })))
}

/// Turns effects into executions and moves; a request that can't be made is itself an event, with effects of its own.
async fn take(context: &Context, live: &mut Live, step: &mut Step, effects: Vec<Effect>) -> Result<(), DriveError> {
    let mut waiting = std::collections::VecDeque::from(effects);
    while let Some(effect) = waiting.pop_front() {
        match &effect {
            Effect::RequestAction { .. } => {
                let Some(request) = ActionRequest::of(&effect) else { continue };
                match children::child(context, live, &request).await {
                    Ok(child) => step.children.push(child),
                    Err(RequestError::Store(error)) => return Err(error.into()),
                    Err(error) => {
                        let kind = refusal(live, &request, &error);
                        if let Ok(effects) = apply(context, live, step, kind, None).await? {
                            waiting.extend(effects);
                        }
                    }
                }
            }
            Effect::CancelAction(key) => step.controls.push((key.clone(), Status::Canceling)),
            Effect::PauseAction(key) => step.controls.push((key.clone(), Status::Pausing)),
            Effect::ResumeAction(key) => step.controls.push((key.clone(), Status::Resuming)),
            Effect::WorkflowChanged { status } => step.changed = from_orquesta(*status),
            Effect::Finished { status, .. } => {
                step.finished = from_orquesta(*status).map(|status| (status, live.engine.result()));
            }
        }
    }
    Ok(())
}

pub(crate) fn refusal(live: &Live, request: &ActionRequest, error: &RequestError) -> EventKind {
    // A chain quotes the schema and what did not fit it, as its runner always has.
    let reason = match error {
        RequestError::Unfit { explanation, .. } if live.engine.as_chain().is_some() => explanation.clone(),
        _ => error.to_string(),
    };
    let class = match error {
        RequestError::UnknownAction(_) => "InvalidActionReferencedException",
        RequestError::Parameters(_) | RequestError::Unfit { .. } | RequestError::Unrendered { .. } => "ParamException",
        _ => "ActionRunnerException",
    };
    EventKind::ActionRefused {
        task_id: request.key.task_id.clone(),
        route: request.key.route,
        attempt: request.key.attempt,
        item_id: request.key.item_id,
        message: format!("{class}: {reason}"),
    }
}

/// Writes events and new executions, and the end of the workflow if this is it, in one batch. Returns which executions existed.
async fn commit(context: &Context, live: &mut Live, step: &Step) -> Result<Vec<Id>, DriveError> {
    let workflow = workflow_id(&live.execution.id);
    let events = step.records.iter().map(Record::to_raw).collect::<Result<Vec<_>, _>>()?;
    let first = live.sequence + 1;
    let last = live.sequence + events.len() as u64;
    let mut writes = vec![Write::AppendWorkflowEvents { workflow, first, events }];
    writes.extend(step.children.iter().map(|child| Write::CreateExecution(Arc::clone(child))));
    let with_snapshot = step.finished.is_none() && live.wants_snapshot(last);
    if with_snapshot {
        writes.push(Write::SaveWorkflowSnapshot(snapshot(live, last)?));
    }
    let outcome = match &step.finished {
        Some((status, result)) => end(context, live, *status, result, writes).await.map(|()| Vec::new()),
        None => context.store.batch.commit(writes).await,
    };
    match outcome {
        Ok(written) => {
            squall_telemetry::metrics().workflow_step(last + 1 - first);
            live.sequence = last;
            if with_snapshot {
                live.snapshot_at = last;
            }
            // The first write is that of the events.
            let children = step.children.iter().zip(written.into_iter().skip(1));
            Ok(children.filter(|(_, written)| *written == Written::Existed).map(|(child, _)| child.id).collect())
        }
        Err(StoreError::Refused { .. }) => Err(DriveError::Superseded),
        Err(error) => Err(error.into()),
    }
}

fn snapshot(live: &Live, sequence: u64) -> Result<WorkflowSnapshot, StoreError> {
    let state = serde_json::value::to_raw_value(&live.engine.snapshot());
    let state = state.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(WorkflowSnapshot { workflow: workflow_id(&live.execution.id), sequence, state })
}

/// Where a workflow stands that can end and that nobody cancels.
pub(crate) const NOT_CANCELING: &[Status] = &[Status::Running, Status::Pausing, Status::Paused, Status::Resuming];

/// Ends the execution of the workflow.
async fn end(
    context: &Context,
    live: &mut Live,
    status: Status,
    result: &Value,
    log: Vec<Write>,
) -> Result<(), StoreError> {
    let known = Arc::clone(&live.execution);
    // The log comes first: when only that much is written, whoever reads it sees that the workflow is over and ends the execution.
    // A cancellation that came meanwhile is taken in first: whoever was told of it is not told later that the workflow succeeded.
    let would_pass_over = status != Status::Canceled && known.status != Status::Canceling;
    let only_from = would_pass_over.then_some(NOT_CANCELING);
    let patch = Patch { ahead: log.clone(), only_from, ..Patch::result(result) };
    match move_to(context, known, status, patch, Vec::new()).await? {
        Transition::Moved(execution) => live.execution = execution,
        Transition::Refused(current) if only_from.is_some() && current.status == Status::Canceling => {
            return Err(StoreError::Refused { index: 0 });
        }
        Transition::Refused(current) => {
            warn!(execution_id = %current.id, status = %current.status, wanted = %status, "the workflow ended otherwise");
            context.store.batch.commit(log).await?;
            live.execution = current;
        }
        Transition::Missing => {
            context.store.batch.commit(log).await?;
        }
    }
    Ok(())
}

/// Does what is not in the batch; whatever a crash cuts off here, a sweep does.
async fn perform(context: &Context, live: &mut Live, mut step: Step) -> Result<(), DriveError> {
    for execution in std::mem::take(&mut step.children) {
        publish_quietly(context, Message::Execution { change: Change::Create, execution }).await;
    }
    tell_children(context, live, &mut step).await?;
    if let Some(status) = step.changed.filter(|_| step.finished.is_none()) {
        let known = Arc::clone(&live.execution);
        match move_to(context, known, status, patch_of(context, live, status), Vec::new()).await? {
            Transition::Moved(execution) => live.execution = execution,
            Transition::Refused(current) => {
                debug!(execution_id = %current.id, wanted = %status, status = %current.status, "the workflow is in another status");
                live.execution = current;
            }
            Transition::Missing => {}
        }
    }
    Ok(())
}

/// Returns what else the move of a workflow that is not over changes: a chain that has paused shows how far it has come. That a
/// workflow runs says nothing against somebody who wants it to pause since.
pub(crate) fn patch_of(context: &Context, live: &Live, status: Status) -> Patch {
    const NOT_PAUSING: &[Status] =
        &[Status::Requested, Status::Scheduled, Status::Running, Status::Paused, Status::Resuming];
    let only_from = (status == Status::Running).then_some(NOT_PAUSING);
    let mut patch = Patch { owner: Some(context.process), only_from, ..Patch::default() };
    if let Some(chain) = live.engine.as_chain().filter(|_| status == Status::Paused) {
        patch.result = Patch::result(&chain.result()).result;
        patch.context.insert("vars".to_owned(), Value::Object(chain.vars().clone()));
    }
    patch
}

async fn tell_children(context: &Context, live: &Live, step: &mut Step) -> Result<(), DriveError> {
    for (key, to) in std::mem::take(&mut step.controls) {
        control::tell_child(context, &live.execution, &key, to).await?;
    }
    Ok(())
}

/// Says that the workflow goes on, and with whose answer, as it would if that user had resumed it. The log may not say so yet: whoever
/// reads the two after a crash resumes the workflow, and then hears of the answer, or of the workflow within it that goes on.
async fn show_resumption(context: &Context, live: &mut Live, user: Option<Value>) -> Result<(), DriveError> {
    let patch = Patch {
        owner: Some(context.process),
        context: user.map(|user| ("resumed_by".to_owned(), user)).into_iter().collect(),
        only_from: Some(&[Status::Pausing, Status::Paused]),
        ..Patch::default()
    };
    let moved = move_to(context, Arc::clone(&live.execution), Status::Resuming, patch, Vec::new()).await?;
    if let Transition::Moved(execution) | Transition::Refused(execution) = moved {
        live.execution = execution;
    }
    Ok(())
}

/// Returns the result of a workflow that could not begin.
pub(crate) fn refused_result(errors: Value) -> Value {
    json!({"errors": errors, "output": null})
}
