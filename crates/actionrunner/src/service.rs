//! Claim, run, report.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use squall_bus::{Announcement, Delivery, Exchange, Heard, Message, Queue};
use squall_model::{Execution, Id, Map, Status};
use squall_parameters::validate_output;
use squall_runners::{Cancellation, Outcome, RunIo};
use squall_service::inquiries::Opening;
use squall_service::{
    Context, Service, ServiceError, TaskKind, consume, move_to, publish_quietly, sweep_unfinished, try_later,
};
use squall_store::{Error as StoreError, Patch, Transition};
use tracing::{info, warn};

use crate::claims::Claims;
use crate::output::StoredOutput;
use crate::request::{self, PrepareError};
use crate::{Runners, sweep};

/// How long to wait for a store that can't answer.
const REST: Duration = Duration::from_millis(500);

/// The role `actionrunner`.
pub struct ActionRunner {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) runners: Arc<Runners>,
    pub(crate) claims: Claims,
}

impl ActionRunner {
    pub fn new(runners: Arc<Runners>) -> Self {
        Self { shared: Arc::new(Shared { runners, claims: Claims::default() }) }
    }
}

#[async_trait::async_trait]
impl Service for ActionRunner {
    fn name(&self) -> &'static str {
        "actionrunner"
    }

    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        let (sweeping, shared) = (context.clone(), Arc::clone(&self.shared));
        context.tasks.spawn(TaskKind::Background, "actionrunner-sweep", async move {
            sweep_unfinished(&sweeping, |execution, sweep| {
                sweep::visit(&sweeping, Arc::clone(&shared), execution, sweep)
            })
            .await;
        });
        let (listening, shared) = (context.clone(), Arc::clone(&self.shared));
        context.tasks.spawn(TaskKind::Background, "actionrunner-control", async move {
            if let Err(error) = hear_control(&listening, &shared).await {
                warn!(%error, "could not listen for cancellations; sweeps find them");
            }
        });
        let limit = context.settings.actions_pool_size;
        consume(&context, Queue::ActionRunner, limit, "action", |context, delivery| {
            handle(context, delivery, Arc::clone(&self.shared))
        })
        .await
    }
}

/// Hears of cancellations at once.
async fn hear_control(context: &Context, shared: &Shared) -> Result<(), squall_bus::Error> {
    let mut listener = context.bus.listen(&[Exchange::LiveactionStatus]).await?;
    while let Some(heard) = listener.next().await {
        if let Heard::Message(Message::Control { execution }) = heard
            && execution.status == Status::Canceling
        {
            shared.claims.cancel(execution.id);
        }
    }
    Ok(())
}

async fn handle(context: Context, delivery: Delivery, shared: Arc<Shared>) {
    let Message::Execution { execution, .. } = &delivery.message else { return delivery.done() };
    let Some(cancellation) = shared.claims.begin(execution.id) else { return delivery.done() };
    let id = execution.id;
    match claim(&context, Arc::clone(execution)).await {
        Ok(claimed) => {
            // From here the lease keeps the work, not the message.
            delivery.done();
            if let Some(execution) = claimed {
                run(&context, &shared, execution, cancellation).await;
            }
            shared.claims.end(id);
        }
        Err(error) => {
            shared.claims.end(id);
            try_later(&context, delivery, &error).await;
        }
    }
}

/// Takes the lease; none when somebody else has it or nothing is to be done any more.
async fn claim(context: &Context, execution: Arc<Execution>) -> Result<Option<Arc<Execution>>, StoreError> {
    let patch = Patch {
        owner: Some(context.process),
        runner_info: Some(context.runner_info.clone()),
        only_from: Some(&[Status::Scheduled]),
        ..Patch::default()
    };
    Ok(match move_to(context, execution, Status::Running, patch, Vec::new()).await? {
        Transition::Moved(execution) => Some(execution),
        // The store had claimed it for us before, and its answer got lost.
        Transition::Refused(current) if is_ours(context, &current) => Some(current),
        Transition::Refused(_) | Transition::Missing => None,
    })
}

fn is_ours(context: &Context, execution: &Execution) -> bool {
    execution.status == Status::Running && execution.owner == Some(context.process)
}

/// Runs what this process owns and does not run: the store made the claim, and its answer got lost.
pub(crate) async fn run_unanswered(context: &Context, shared: &Shared, id: Id) -> Result<(), StoreError> {
    let Some(cancellation) = shared.claims.begin(id) else { return Ok(()) };
    // Asked again now that it is noted: it may have ended in between.
    match context.store.executions.get(&id).await {
        Ok(Some(execution)) if is_ours(context, &execution) => {
            info!(execution_id = %id, "running an action that was claimed without an answer");
            run(context, shared, execution, cancellation).await;
            shared.claims.end(id);
            Ok(())
        }
        other => {
            shared.claims.end(id);
            other.map(|_| ())
        }
    }
}

/// Runs an action that is claimed and noted, and reports its end.
async fn run(context: &Context, shared: &Shared, execution: Arc<Execution>, cancellation: Cancellation) {
    let running = squall_telemetry::metrics().action_runs();
    let outcome = outcome(context, shared, &execution, cancellation).await;
    drop(running);
    let canceled = shared.claims.is_canceled(execution.id);
    for announcement in outcome.announcements {
        let announcement = Announcement {
            route: announcement.route,
            payload: Value::Object(announcement.payload),
            trace_context: trace_context(&execution),
        };
        publish_quietly(context, Message::Announcement(Arc::new(announcement))).await;
    }
    report(context, execution, outcome.status, &outcome.result, canceled).await;
}

fn trace_context(execution: &Execution) -> Map {
    execution.context.get("trace_context").and_then(Value::as_object).cloned().unwrap_or_default()
}

async fn outcome(
    context: &Context,
    shared: &Shared,
    execution: &Arc<Execution>,
    cancellation: Cancellation,
) -> Outcome {
    let name = &execution.snapshot.runner.name;
    let Some(runner) = shared.runners.get(name) else {
        return Outcome::error(format!("Failed to find runner {name}."));
    };
    let request = loop {
        match request::prepare(context, execution).await {
            Ok(request) => break request,
            Err(PrepareError::Parameters(reason)) => return Outcome::error(reason),
            // It has not begun, so nothing speaks against waiting for the store.
            Err(PrepareError::Store(error)) if error.is_temporary() => {
                warn!(%error, execution_id = %execution.id, "could not prepare an action; trying again");
                context.clock.sleep(REST).await;
            }
            Err(PrepareError::Store(error)) => return Outcome::error(format!("could not prepare the action: {error}")),
        }
    };
    let (output, stored) = StoredOutput::start(context, Arc::clone(execution));
    let outcome = runner.run(request, RunIo { output, cancellation }).await;
    stored.wait().await;
    if context.settings.validate_output_schema { checked(execution, outcome) } else { outcome }
}

/// Returns the outcome, or a failure where a success does not fit the output schemas of runner and action.
fn checked(execution: &Execution, outcome: Outcome) -> Outcome {
    if outcome.status != Status::Succeeded {
        return outcome;
    }
    let (runner, action) = (&execution.snapshot.runner, &execution.snapshot.action);
    let schema = Value::Object(action.output_schema.clone());
    match validate_output(&runner.output_schema, &schema, runner.output_key.as_deref(), &outcome.result) {
        Ok(()) => outcome,
        Err(error) => {
            let message = "Error validating output. See error output for more details.";
            Outcome { status: Status::Failed, result: json!({"error": error, "message": message}), ..outcome }
        }
    }
}

/// Writes the end. A store that can't be written now is asked again until it can: the result is not to be lost.
async fn report(context: &Context, execution: Arc<Execution>, status: Status, result: &Value, mut canceled: bool) {
    let fence = Some((context.process, execution.attempt));
    let owned = (Some(context.process), Some(execution.attempt));
    let opening = (status == Status::Pending).then(|| Opening::of(context, &execution, result));
    loop {
        let outcome = if canceled {
            end_canceled(context, &execution, fence).await
        } else {
            // Whoever was told that the action is being canceled is not told later that it succeeded.
            let patch = Patch { fence, only_from: Some(&[Status::Running]), ..Patch::result(result) };
            write_end(context, &execution, status, patch, opening.as_ref()).await
        };
        match outcome {
            Ok(Transition::Moved(_)) => {
                if let Some(opening) = opening.filter(|_| !canceled) {
                    opening.announce(context).await;
                }
                return;
            }
            // A cancellation came while the action was ending.
            Ok(Transition::Refused(current))
                if !canceled
                    && current.status == Status::Canceling
                    && (current.owner, Some(current.attempt)) == owned =>
            {
                info!(execution_id = %execution.id, "the action was canceled while it ended");
                canceled = true;
                continue;
            }
            Ok(Transition::Refused(_) | Transition::Missing) => {
                warn!(execution_id = %execution.id, "the execution belongs to somebody else now; its result here is dropped");
                return;
            }
            Err(error) => {
                warn!(%error, execution_id = %execution.id, "could not write the end of an action; trying again")
            }
        }
        context.clock.sleep(REST).await;
    }
}

/// Writes the end of a run: that of the action, or the beginning of its wait for an answer.
async fn write_end(
    context: &Context,
    execution: &Arc<Execution>,
    status: Status,
    patch: Patch,
    opening: Option<&Opening>,
) -> Result<Transition, StoreError> {
    let patch = match opening {
        Some(opening) => opening.laid_over(patch)?,
        None => patch,
    };
    move_to(context, Arc::clone(execution), status, patch, Vec::new()).await
}

/// Ends what was canceled. Who canceled it was noted after the claim, so the execution is read anew.
async fn end_canceled(
    context: &Context,
    claimed: &Arc<Execution>,
    fence: Option<(Id, u32)>,
) -> Result<Transition, StoreError> {
    let Some(current) = context.store.executions.get(&claimed.id).await? else { return Ok(Transition::Missing) };
    let patch = Patch { fence, ..Patch::result(&canceled_result(&current)) };
    move_to(context, current, Status::Canceled, patch, Vec::new()).await
}

pub(crate) fn canceled_result(execution: &Execution) -> Value {
    json!({"message": "Action canceled by user.", "user": execution.context.get("cancelled_by")})
}
