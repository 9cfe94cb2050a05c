//! `PUT /executions/{id}` and `DELETE /executions/{id}`: cancel, pause, resume, and results that come from outside.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use squall_model::{Execution, Map, Status};
use squall_service::{control, move_to};
use squall_store::{Patch, Transition};

use super::{find, view};
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::Choice;

static UPDATE: LazyLock<Value> = LazyLock::new(|| {
    let statuses: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {"status": {"enum": statuses}, "result": {"type": ["object", "null"]}},
    })
});

pub(super) async fn update(call: Call) -> Outcome {
    let body = call.checked_body(&UPDATE)?;
    let execution = find(&call).await?;
    if execution.status.is_completed() {
        return Err(ApiError::invalid("Execution is already in completed state."));
    }
    let asked = body.get("status").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let Some(asked) = asked else {
        return Err(failed("A status must be given."));
    };
    let updated = match asked {
        Status::Canceling | Status::Canceled => cancel_execution(&call, execution).await?,
        Status::Pausing | Status::Paused => pause(&call, execution).await?,
        Status::Resuming => resume(&call, execution).await?,
        // What a workflow does is its engine's to say: whoever wants it to run wants it resumed.
        Status::Running if execution.is_workflow() => resume(&call, execution).await?,
        other => set(&call, execution, other, body.get("result")).await?,
    };
    shown(&call, &updated).await
}

pub(super) async fn cancel(call: Call) -> Outcome {
    let execution = find(&call).await?;
    if execution.status == Status::Canceled {
        return shown(&call, &execution).await;
    }
    // The command line client reads this text from an answer that says 200.
    if matches!(execution.status, Status::Pending | Status::Canceling) || !execution.status.is_cancelable() {
        let text = format!("Action cannot be canceled. State = {}.", execution.status);
        return call::ok(&json!({"faultstring": text}));
    }
    let canceled = cancel_execution(&call, execution).await?;
    shown(&call, &canceled).await
}

async fn shown(call: &Call, execution: &Execution) -> Outcome {
    call::ok(&view(call, execution, call.masks_secrets()?, &Choice::All).await?)
}

/// What somebody runs, or a workflow waits for, is asked to stop; what nobody has begun is canceled at once.
async fn cancel_execution(call: &Call, execution: Arc<Execution>) -> Result<Arc<Execution>, ApiError> {
    if execution.status == Status::Canceling {
        return Ok(execution);
    }
    let is_begun = execution.parent.is_some() || execution.status == Status::Running || has_begun_workflow(&execution);
    let user = &call.requester.user;
    let patch = Patch {
        context: by(call, "cancelled_by"),
        ..Patch::result(&json!({"message": "Action canceled by user.", "user": user}))
    };
    if !is_begun {
        match control(call.context(), Arc::clone(&execution), Status::Canceled, patch.clone()).await? {
            // Somebody has begun it meanwhile, and must be asked to stop.
            Transition::Refused(current) if current.status.is_cancelable() => {
                return ask(call, current, Status::Canceling, patch, "cancel").await;
            }
            outcome => return settled(outcome, "cancel", Status::Canceled),
        }
    }
    ask(call, execution, Status::Canceling, patch, "cancel").await
}

/// A workflow that has begun has children to stop, even while it pauses.
fn has_begun_workflow(execution: &Execution) -> bool {
    execution.is_workflow() && matches!(execution.status, Status::Pausing | Status::Paused | Status::Resuming)
}

async fn pause(call: &Call, execution: Arc<Execution>) -> Result<Arc<Execution>, ApiError> {
    check_is_workflow(&execution, "pause")?;
    match execution.status {
        Status::Pausing | Status::Paused => Ok(execution),
        Status::Running => {
            let patch = Patch { context: by(call, "paused_by"), ..Patch::default() };
            ask(call, execution, Status::Pausing, patch, "pause").await
        }
        _ => {
            let id = execution.liveaction_id;
            Err(failed(&format!("Unable to pause liveaction \"{id}\" because it is not in a running state.")))
        }
    }
}

async fn resume(call: &Call, execution: Arc<Execution>) -> Result<Arc<Execution>, ApiError> {
    check_is_workflow(&execution, "resume")?;
    match execution.status {
        Status::Running | Status::Resuming => Ok(execution),
        Status::Paused => {
            let patch = Patch { context: by(call, "resumed_by"), ..Patch::default() };
            ask(call, execution, Status::Resuming, patch, "resume").await
        }
        status => {
            let id = execution.liveaction_id;
            Err(failed(&format!(
                "Unable to resume liveaction \"{id}\" because it is in \"{status}\" state and not in \"paused\" state."
            )))
        }
    }
}

fn check_is_workflow(execution: &Execution, verb: &str) -> Result<(), ApiError> {
    if execution.is_workflow() {
        return Ok(());
    }
    let (id, runner) = (execution.liveaction_id, &execution.snapshot.runner.name);
    Err(failed(&format!(
        "Unable to {verb} liveaction \"{id}\" because it is not supported by the \"{runner}\" runner."
    )))
}

async fn ask(
    call: &Call,
    execution: Arc<Execution>,
    to: Status,
    patch: Patch,
    verb: &str,
) -> Result<Arc<Execution>, ApiError> {
    settled(control(call.context(), execution, to, patch).await?, verb, to)
}

/// Sets the status that whoever does the work outside reports.
async fn set(
    call: &Call,
    execution: Arc<Execution>,
    to: Status,
    result: Option<&Value>,
) -> Result<Arc<Execution>, ApiError> {
    if execution.status == to {
        return Ok(execution);
    }
    let patch = result.map(Patch::result).unwrap_or_default();
    settled(move_to(call.context(), execution, to, patch, Vec::new()).await?, "move", to)
}

fn settled(outcome: Transition, verb: &str, to: Status) -> Result<Arc<Execution>, ApiError> {
    match outcome {
        Transition::Moved(execution) => Ok(execution),
        Transition::Refused(execution) if execution.status == to => Ok(execution),
        Transition::Refused(execution) => Err(failed(&format!(
            "Unable to {verb} liveaction \"{}\" because it is in \"{}\" state.",
            execution.liveaction_id, execution.status
        ))),
        Transition::Missing => Err(ApiError::no_path()),
    }
}

fn by(call: &Call, key: &str) -> Map {
    Map::from_iter([(key.to_owned(), json!(call.requester.user))])
}

fn failed(reason: &str) -> ApiError {
    ApiError::Invalid(format!("Failed updating execution. {reason}"))
}
