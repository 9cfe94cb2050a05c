//! `POST /executions` and `POST /executions/{id}/re_run`.

use std::sync::{Arc, LazyLock};

use http::StatusCode;
use serde_json::{Map, Value, json};
use squall_model::{Execution, Id};
use squall_service::traces::trace_id;
use squall_service::{ExecutionRequest, request_execution};

use super::{ExecutionView, find, root};
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;

static EXECUTION_REQUEST: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "required": ["action"],
        "properties": {
            "action": {"type": "string"},
            "parameters": {"type": ["object", "null"]},
            "context": {"type": ["object", "null"]},
            "user": {"type": ["string", "null"]},
            "notify": {"type": ["object", "null"]},
            "callback": {"type": ["object", "null"]},
            "delay": {"type": ["integer", "null"], "minimum": 0},
        },
    })
});

/// What a caller may not say of itself in the context: it decides whose rights and keys an execution has.
const IDENTITY: [&str; 4] = ["user", "api_user", "pack", "rbac"];

pub(super) async fn create(call: Call) -> Outcome {
    let Value::Object(mut body) = call.checked_body(&EXECUTION_REQUEST).map_err(shorter)? else {
        return Err(ApiError::invalid("Input body needs to be an object"));
    };
    let user = user(&call, body.get("user").and_then(Value::as_str))?;
    let mut context = context(&call, take_object(&mut body, "context"))?;
    check_trace(&call, &context).await?;
    join_trace(&call, &mut context);
    let request = ExecutionRequest {
        id: repeatable_id(&call, &user),
        action: body.get("action").and_then(Value::as_str).unwrap_or_default().to_owned(),
        parameters: take_object(&mut body, "parameters"),
        callback: take_object(&mut body, "callback"),
        user,
        parent: parent(&context),
        context,
        delay: body.get("delay").and_then(Value::as_u64),
        notify: body.remove("notify").filter(|notify| !notify.is_null()),
        ..ExecutionRequest::default()
    };
    answer(&call, request).await
}

/// Returns the id that follows from an `Idempotency-Key`: asking again with the same key gives the same execution.
fn repeatable_id(call: &Call, user: &str) -> Option<Id> {
    let key = call.header("idempotency-key").filter(|key| !key.is_empty())?;
    Some(Id::derived(&["idempotency-key", user, key]))
}

/// Optional fields are refused with the text for the type itself.
fn shorter(error: ApiError) -> ApiError {
    match error {
        ApiError::Invalid(text) => ApiError::Invalid(text.trim_end_matches(", 'null'").to_owned()),
        other => other,
    }
}

async fn answer(call: &Call, request: ExecutionRequest) -> Outcome {
    let masked = call.masks_secrets()?;
    let requested = request_execution(call.context(), request).await?;
    let web_url_base = &call.context().settings.webui_base_url;
    call::json(StatusCode::CREATED, &ExecutionView::whole(&requested.execution, masked, web_url_base))
}

/// Returns whom the execution acts for: another only if an administrator says so.
fn user(call: &Call, asked: Option<&str>) -> Result<String, ApiError> {
    let requester = &call.requester;
    match asked.filter(|user| !user.is_empty() && *user != requester.user) {
        None => Ok(requester.user.clone()),
        Some(other) if requester.is_admin => Ok(other.to_owned()),
        Some(_) => Err(ApiError::invalid_user()),
    }
}

impl ApiError {
    fn invalid_user() -> Self {
        Self::Forbidden("\"user\" attribute can only be provided by admins".to_owned())
    }
}

/// Returns the context that the caller gave in the body, with that of the header `st2-context` laid over it.
fn context(call: &Call, mut given: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    if let Some(text) = call.header("st2-context").filter(|text| !text.is_empty()) {
        match serde_json::from_str(text) {
            Ok(Value::Object(more)) => given.extend(more),
            Ok(other) => return Err(no_context(python_type(&other))),
            Err(_) => return Err(no_context("str")),
        }
    }
    for name in IDENTITY {
        given.remove(name);
    }
    Ok(given)
}

fn no_context(kind: &str) -> ApiError {
    ApiError::Invalid(format!("Unable to convert st2-context from the headers into JSON (was <class '{kind}'>)."))
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// What a traced caller asks for belongs to its trace.
fn join_trace(call: &Call, context: &mut Map<String, Value>) {
    if call.cause.is_some()
        && let Value::Object(trace) = context.entry("trace_context").or_insert_with(|| json!({}))
    {
        call.carry_cause(trace);
    }
}

/// Refuses a trace that does not exist; StackStorm has another text for what cannot be an id.
async fn check_trace(call: &Call, context: &Map<String, Value>) -> Result<(), ApiError> {
    let named = context.get("trace_context").and_then(|trace| trace.get("id_")).and_then(Value::as_str);
    let Some(text) = named else { return Ok(()) };
    let Ok(id) = text.parse::<Id>() else {
        return Err(ApiError::Invalid(format!("Unable to find Trace with id=\"{text}\"")));
    };
    match call.store().traces.get(&id).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::Invalid(format!("Unable to find the TraceDB instance. {{'id': '{text}'}}"))),
    }
}

/// Actions that start others say so in the context.
fn parent(context: &Map<String, Value>) -> Option<Id> {
    context.get("parent")?.get("execution_id")?.as_str()?.parse().ok()
}

fn take_object(body: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match body.remove(name) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

static RE_RUN: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "parameters": {"type": "object"},
            "tasks": {"type": "array", "items": {"type": "string"}},
            "reset": {"type": "array", "items": {"type": "string"}},
            "user": {"type": ["string", "null"]},
            "delay": {"type": ["integer", "null"], "minimum": 0},
        },
    })
});

pub(super) async fn re_run(call: Call) -> Outcome {
    let Value::Object(mut body) = call.checked_body(&RE_RUN)? else {
        return Err(ApiError::invalid("Input body needs to be an object"));
    };
    let given = take_object(&mut body, "parameters");
    let list = |name: &str| body.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (tasks, reset) = (list("tasks"), list("reset"));
    let picks_tasks = !tasks.is_empty() || !reset.is_empty();
    if picks_tasks && !given.is_empty() {
        return Err(ApiError::invalid("Parameters override is not supported when re-running task(s) for a workflow."));
    }
    if reset.iter().any(|task| !tasks.contains(task)) {
        return Err(ApiError::invalid("List of tasks to reset does not match the tasks to rerun."));
    }
    let existing = find(&call).await?;
    if !tasks.is_empty() && existing.snapshot.runner.name != "orquesta" {
        return Err(ApiError::invalid("Task option is only supported for Orquesta workflows."));
    }
    let mut parameters = existing.parameters.clone();
    parameters.extend(given);
    let begun_by = root(&call, Arc::clone(&existing)).await?;
    let trace = trace_id(&begun_by);
    let request = ExecutionRequest {
        action: existing.action_ref().to_owned(),
        parameters,
        user: user(&call, body.get("user").and_then(Value::as_str))?,
        context: re_run_context(&existing, tasks, reset, trace),
        delay: body.get("delay").and_then(Value::as_u64),
        ..ExecutionRequest::default()
    };
    answer(&call, request).await
}

fn re_run_context(existing: &Arc<Execution>, tasks: Vec<Value>, reset: Vec<Value>, trace: Id) -> Map<String, Value> {
    let mut options = json!({"ref": existing.id});
    if !tasks.is_empty() {
        options["tasks"] = Value::Array(tasks);
    }
    if !reset.is_empty() {
        options["reset"] = Value::Array(reset);
    }
    let mut context = Map::from_iter([("re-run".to_owned(), options)]);
    context.insert("trace_context".to_owned(), json!({"id_": trace}));
    context
}
