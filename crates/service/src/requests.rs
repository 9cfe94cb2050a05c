//! Requests for executions: the one way in which an execution comes to be. Counterpart: st2common/services/action.py.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_bus::{Change, Message};
use squall_model::{ActionSnapshot, Execution, Id, LogEntry, Map, Status};
use squall_parameters::ParameterError;
use squall_store::{Error as StoreError, Write, Written, unmarked};

use crate::rendering::{self, ConfigError, Scope};
use crate::{Context, End, publish_quietly, traces};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct ExecutionRequest {
    /// A derived id makes the request safe to repeat; without it the execution gets a new one.
    pub id: Option<Id>,
    pub action: String,
    pub parameters: Map,
    /// The parameters are inputs of a workflow that the action's definition holds besides its own; no schema knows them.
    pub is_within: bool,
    pub user: String,
    /// Laid over the context that every execution gets (`user`, `pack`).
    pub context: Map,
    pub parent: Option<Id>,
    pub delay: Option<u64>,
    pub notify: Option<Value>,
    /// Kept and shown; nothing is called.
    pub callback: Map,
    pub workflow_execution: Option<Id>,
    pub task_execution: Option<Id>,
    pub rule: Option<Value>,
    pub trigger: Option<Value>,
    pub trigger_type: Option<Value>,
    pub trigger_instance: Option<Value>,
    /// Names that templates in the parameters may use besides the other parameters.
    pub extra_scope: Map,
}

#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("Action \"{0}\" cannot be found.")]
    UnknownAction(String),
    #[error("Unable to execute. Action \"{0}\" is disabled.")]
    Disabled(String),
    #[error("Runner \"{0}\" cannot be found.")]
    UnknownRunner(String),
    #[error("Unable to execute. Runner \"{0}\" is disabled.")]
    RunnerDisabled(String),
    /// The parameters are refused for another reason; the text is what StackStorm says.
    #[error("{0}")]
    Parameters(String),
    /// The parameters do not fit their schema. Whoever logs it may say all; secrets in it are masked.
    #[error("{reason}")]
    Unfit { reason: String, explanation: String },
    /// The parameters do not render. StackStorm keeps such an execution, failed as it is: so does whoever stores what this asked for.
    #[error("{reason}")]
    Unrendered { reason: String, execution: Arc<Execution> },
    #[error(transparent)]
    Store(#[from] squall_store::Error),
}

impl From<ConfigError> for RequestError {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Invalid(reason) => Self::Parameters(reason),
            ConfigError::Store(error) => Self::Store(error),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Requested {
    pub execution: Arc<Execution>,
    /// False when an execution with this id was there already.
    pub is_new: bool,
}

/// Stores the execution as requested and nudges the scheduler. When this returns, the execution survives a crash.
pub async fn request_execution(context: &Context, request: ExecutionRequest) -> Result<Requested, RequestError> {
    let (execution, refusal) = match prepare(context, request).await {
        Ok(execution) => (Arc::new(execution), None),
        Err(RequestError::Unrendered { reason, execution }) => (execution, Some(reason)),
        Err(error) => return Err(error),
    };
    if let Some(reason) = refusal {
        keep_failed(context, &execution).await?;
        return Err(RequestError::Unrendered { reason, execution });
    }
    let mut writes = vec![Write::CreateExecution(Arc::clone(&execution))];
    writes.extend(traces::of_request(context, &execution).await?);
    let written = context.store.batch.commit(writes).await?;
    if written.first() == Some(&Written::Existed) {
        let stored = context.store.executions.get(&execution.id).await?;
        return Ok(Requested { execution: stored.unwrap_or(execution), is_new: false });
    }
    let message = Message::Execution { change: Change::Create, execution: Arc::clone(&execution) };
    publish_quietly(context, message).await;
    Ok(Requested { execution, is_new: true })
}

/// Stores an execution that failed before it could begin, and tells of its end as of any other's.
///
/// Where batches are not atomic, it is marked until the events of its end are stored, too: see [`squall_store::transition`].
async fn keep_failed(context: &Context, execution: &Arc<Execution>) -> Result<(), StoreError> {
    let end = End::of(context, Arc::clone(execution)).await?;
    let events = end.writes()?;
    let mark = (!context.store.batch.is_atomic() && !events.is_empty()).then_some(execution.start_timestamp);
    let stored = Arc::new(Execution { wake_at: mark, ..Execution::clone(execution) });
    let mut writes = vec![Write::CreateExecution(Arc::clone(&stored))];
    writes.extend(traces::of_request(context, execution).await?);
    writes.extend(events);
    let unmarking = mark.map(|_| writes.len());
    if mark.is_some() {
        writes.push(Write::UpdateExecution(Arc::new(unmarked(&stored))));
    }
    match context.store.batch.commit(writes).await {
        // Whoever looks for marks was here first, or the same was asked before.
        Err(StoreError::Refused { index }) if Some(index) == unmarking => {}
        other => drop(other?),
    }
    end.publish(context).await;
    Ok(())
}

/// Returns the execution that the request makes, without storing it: for callers that write it in a batch of their own.
pub async fn prepare(context: &Context, request: ExecutionRequest) -> Result<Execution, RequestError> {
    let snapshot = snapshot(context, &request.action).await?;
    let own_context = own_context(&request, &snapshot);
    if request.is_within {
        let parameters = request.parameters.clone();
        return Ok(new_execution(context, request, snapshot, own_context, parameters));
    }
    let scope = Scope {
        user: request.user.clone(),
        action_context: own_context.clone(),
        config_context: config_context(context, &snapshot, &request).await?,
        extra: request.extra_scope.clone(),
    };
    match rendering::live_parameters(context, &snapshot, &request.parameters, &scope).await {
        Ok(parameters) => Ok(new_execution(context, request, snapshot, own_context, parameters)),
        Err(ParameterError::Unfit { message, explanation }) => {
            Err(RequestError::Unfit { reason: message, explanation })
        }
        Err(error) if error.is_of_rendering() => {
            let reason = error.to_string();
            let parameters = request.parameters.clone();
            let execution = new_execution(context, request, snapshot, own_context, parameters);
            Err(RequestError::Unrendered { execution: Arc::new(failed(execution, &reason)?), reason })
        }
        Err(error) => Err(RequestError::Parameters(error.to_string())),
    }
}

/// Returns the execution as one that failed before it could begin.
fn failed(execution: Execution, reason: &str) -> Result<Execution, RequestError> {
    let now = execution.start_timestamp;
    let result = serde_json::value::to_raw_value(&json!({"error": reason, "traceback": ""}));
    let mut log = execution.log.clone();
    log.push(LogEntry { timestamp: now, status: Status::Failed });
    let result = result.map_err(|error| RequestError::Parameters(error.to_string()))?;
    Ok(Execution { status: Status::Failed, end_timestamp: Some(now), result: Some(result.into()), log, ..execution })
}

/// Returns the action with its runner as they are now.
pub(crate) async fn snapshot(context: &Context, reference: &str) -> Result<Arc<ActionSnapshot>, RequestError> {
    let store = &context.store;
    let Some(action) = store.actions.find(reference).await? else {
        return Err(RequestError::UnknownAction(reference.to_owned()));
    };
    let action = action.value;
    if !action.enabled {
        return Err(RequestError::Disabled(reference.to_owned()));
    }
    let Some(runner) = store.runner_types.find(&action.runner_type).await? else {
        return Err(RequestError::UnknownRunner(action.runner_type));
    };
    if !runner.value.enabled {
        return Err(RequestError::RunnerDisabled(action.runner_type));
    }
    Ok(context.snapshots.of(action, runner.value))
}

/// Returns the action with its runner whether or not they are enabled; none when there is no such action.
pub(crate) async fn registered(
    context: &Context,
    reference: &str,
) -> Result<Option<Arc<ActionSnapshot>>, squall_store::Error> {
    let Some(action) = context.store.actions.find(reference).await? else { return Ok(None) };
    let runner = context.store.runner_types.find(&action.value.runner_type).await?;
    Ok(runner.map(|runner| context.snapshots.of(action.value, runner.value)))
}

/// Returns what `config_context` is for the action's pack; it is looked up only where a template may name it.
async fn config_context(
    context: &Context,
    snapshot: &ActionSnapshot,
    request: &ExecutionRequest,
) -> Result<Map, RequestError> {
    let templates = [&request.parameters, &snapshot.action.parameters, &snapshot.runner.runner_parameters];
    if !templates.into_iter().any(|values| rendering::name_in_templates(values, "config_context")) {
        return Ok(Map::new());
    }
    Ok(rendering::pack_config(context, &snapshot.action.pack, &request.user).await?)
}

fn own_context(request: &ExecutionRequest, snapshot: &ActionSnapshot) -> Map {
    let mut own = Map::new();
    own.insert("user".to_owned(), json!(request.user));
    own.insert("pack".to_owned(), json!(snapshot.action.pack));
    own.extend(request.context.clone());
    own
}

fn new_execution(
    context: &Context,
    request: ExecutionRequest,
    snapshot: Arc<ActionSnapshot>,
    own_context: Map,
    parameters: Map,
) -> Execution {
    let now = context.now();
    let id = request.id.unwrap_or_else(|| context.new_id());
    Execution {
        id,
        liveaction_id: id.child("liveaction"),
        snapshot,
        start_timestamp: now,
        parameters,
        parent: request.parent,
        delay: request.delay,
        notify: request.notify,
        callback: request.callback,
        workflow_execution: request.workflow_execution,
        task_execution: request.task_execution,
        rule: request.rule,
        trigger: request.trigger,
        trigger_type: request.trigger_type,
        trigger_instance: request.trigger_instance,
        status: Status::Requested,
        end_timestamp: None,
        result: None,
        context: own_context,
        log: vec![LogEntry { timestamp: now, status: Status::Requested }],
        runner_info: None,
        owner: None,
        attempt: 0,
        wake_at: None,
        revision: 1,
    }
}
