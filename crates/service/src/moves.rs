//! Moves of executions that others must hear of: write first, then nudge.

use std::sync::Arc;

use serde_json::Value;
use squall_bus::{Change, Message};
use squall_model::{Execution, Status, Timestamp, TriggerInstance};
use squall_store::{Document, Error, Patch, Result, Transition, Write, transition, unmarked};
use squall_telemetry::metrics;
use tracing::warn;

use crate::finished::{self, End};
use crate::{Context, observe};

/// Moves the execution and tells the others. `alongside` is written in the same batch.
///
/// When the move ends the execution, the events that its end causes are written in that batch too.
pub async fn move_to(
    context: &Context,
    known: Arc<Execution>,
    to: Status,
    patch: Patch,
    mut alongside: Vec<Write>,
) -> Result<Transition> {
    let events = if to.is_completed() { events_of_end(context, &known, to, &patch).await? } else { Vec::new() };
    for event in &events {
        alongside.push(Write::Insert(Document::of(event)?));
    }
    let outcome = transition(&context.store, known, to, context.now(), patch, alongside).await?;
    if let Transition::Moved(execution) = &outcome {
        observe::moved(execution);
        let execution = Arc::clone(execution);
        publish_quietly(context, Message::Execution { change: Change::Update, execution }).await;
        for event in events {
            publish_quietly(context, Message::TriggerInstance(Arc::new(event))).await;
        }
    }
    Ok(outcome)
}

/// Writes the events of ends that a crash cut off from them, of executions that ended before the moment; returns how many there were.
///
/// Only a store whose batches are not atomic ever has such.
pub async fn announce_ends(context: &Context, before: Timestamp) -> Result<u64> {
    const PAGE: u64 = 100;
    let found = context.store.executions.unannounced(before, PAGE).await?;
    for ended in &found {
        let end = End::of(context, Arc::clone(ended)).await?;
        let mut writes = end.writes()?;
        writes.push(Write::UpdateExecution(Arc::new(unmarked(ended))));
        match context.store.batch.commit(writes).await {
            // Refused: somebody else was quicker.
            Ok(_) | Err(Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
        end.publish(context).await;
    }
    Ok(found.len() as u64)
}

async fn events_of_end(
    context: &Context,
    known: &Execution,
    to: Status,
    patch: &Patch,
) -> Result<Vec<TriggerInstance>> {
    let result = patch.result.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok());
    finished::events_of_end(context, known, to, &result.unwrap_or(Value::Null)).await
}

/// Publishes a nudge; a failure is logged only, because a sweep finds what the message would have told.
pub async fn publish_quietly(context: &Context, message: Message) {
    observe::published(&message);
    let exchange = message.exchange().name();
    if let Err(error) = context.bus.publish(message).await {
        metrics().publish_failed(exchange);
        warn!(%error, "could not publish; a sweep will find the work");
        context.sweeps.lost_a_message();
    }
}

/// What nobody has begun: the only thing that is canceled at once.
const NOT_BEGUN: &[Status] = &[Status::Requested, Status::Delayed, Status::Scheduled, Status::Pending];

/// Asks for cancellation, pause or resumption: moves the execution to the asked-for status and tells who runs it.
///
/// What nobody runs yet is canceled at once. If somebody began it meanwhile that is refused: whoever runs it must be asked, or it would
/// go on, and so would the actions of a workflow.
pub async fn control(context: &Context, known: Arc<Execution>, to: Status, mut patch: Patch) -> Result<Transition> {
    if to == Status::Canceled {
        patch.only_from = Some(NOT_BEGUN);
    }
    let outcome = move_to(context, known, to, patch, Vec::new()).await?;
    if let Transition::Moved(execution) = &outcome
        && !execution.status.is_completed()
    {
        publish_quietly(context, Message::Control { execution: Arc::clone(execution) }).await;
    }
    Ok(outcome)
}
