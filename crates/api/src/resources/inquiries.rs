//! `/inquiries`: executions that wait for a person. Counterpart: st2api/controllers/v1/inquiries.py, st2common/services/inquiry.py.

use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};
use squall_model::{Execution, Status};
use squall_service::{control, move_to, rendering};
use squall_store::{Page, Patch, Transition};

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, ListSpec};
use crate::routes::{Route, get, put};

const RUNNER: &str = "inquirer";

pub(super) fn routes() -> Vec<Route> {
    vec![get("/inquiries", list_all), get("/inquiries/{inquiry_id}", get_one), put("/inquiries/{inquiry_id}", respond)]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(20),
    filters: &[],
    sortable: false,
    order: &["-start_timestamp"],
    attributes: &["id", "route", "ttl", "users", "roles", "schema"],
    excludable: &["route", "ttl", "users", "roles", "schema"],
    always: &["id"],
};

static RESPONSE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "required": ["id", "response"],
        "properties": {"id": {"type": "string"}, "response": {"type": "object"}},
    })
});

async fn list_all(call: Call) -> Outcome {
    let asked = SPEC.read(&call.query)?;
    let query = asked.query.equals("runner.name", RUNNER).equals("status", Status::Pending.as_str());
    let page = call.store().executions.list(&query, true).await?;
    let items: Vec<_> = page.items.iter().map(|execution| asked.choice.apply(shown(execution))).collect();
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

fn shown(execution: &Execution) -> Map<String, Value> {
    let result = execution.result_value();
    let mut shown = Map::from_iter([("id".to_owned(), json!(execution.id))]);
    for name in ["route", "ttl", "users", "roles", "schema"] {
        shown.insert(name.to_owned(), result.get(name).cloned().unwrap_or(Value::Null));
    }
    shown
}

async fn get_one(call: Call) -> Outcome {
    let inquiry = find(&call).await?;
    call::ok(&shown(&inquiry))
}

/// Returns the execution if it is an inquiry that still waits.
async fn find(call: &Call) -> Result<Arc<Execution>, ApiError> {
    let text = call.param("inquiry_id");
    let id = text.parse().map_err(|_| ApiError::no_path())?;
    let execution = call.store().executions.get(&id).await?.ok_or_else(ApiError::no_path)?;
    if execution.snapshot.runner.name != RUNNER {
        return Err(ApiError::Invalid(format!("Action execution \"{text}\" is not an inquiry.")));
    }
    match execution.status {
        Status::Pending => Ok(execution),
        Status::Timeout => Err(ApiError::Invalid(format!("Inquiry \"{text}\" timed out and cannot be responded to"))),
        _ => Err(already_answered(text)),
    }
}

fn already_answered(id: &str) -> ApiError {
    ApiError::Invalid(format!("Inquiry \"{id}\" has already been responded to."))
}

async fn respond(call: Call) -> Outcome {
    let body = call.checked_body(&RESPONSE)?;
    let inquiry = find(&call).await?;
    let id = call.param("inquiry_id");
    let mut result = inquiry.result_value();
    check_permission(&call, id, &result)?;
    let response = body.get("response").cloned().unwrap_or(Value::Null);
    let schema = result.get("schema").cloned().unwrap_or(Value::Null);
    if let Some(reason) = rendering::first_violation(&schema, &response) {
        return Err(ApiError::Invalid(format!(
            "Response for inquiry \"{id}\" did not pass schema validation. {reason}"
        )));
    }
    result["response"] = response.clone();
    let moved =
        move_to(call.context(), Arc::clone(&inquiry), Status::Succeeded, Patch::result(&result), Vec::new()).await?;
    let Transition::Moved(_) = moved else { return Err(already_answered(id)) };
    wake_ancestors(&call, &inquiry).await?;
    call::ok(&json!({"id": id, "response": response}))
}

/// An inquiry may name who answers it; without RBAC nobody has the roles that it may name.
fn check_permission(call: &Call, id: &str, result: &Value) -> Result<(), ApiError> {
    let users = result.get("users").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let user = &call.requester.user;
    if users.is_empty() || users.iter().any(|allowed| allowed.as_str() == Some(user)) {
        return Ok(());
    }
    Err(ApiError::Forbidden(format!("User \"{user}\" does not have permission to respond to inquiry \"{id}\".")))
}

/// Workflows pause while they wait for an answer: with it, those above go on.
async fn wake_ancestors(call: &Call, inquiry: &Execution) -> Result<(), ApiError> {
    let mut above = inquiry.parent;
    while let Some(id) = above {
        let Some(ancestor) = call.store().executions.get(&id).await? else { return Ok(()) };
        above = ancestor.parent;
        if matches!(ancestor.status, Status::Paused | Status::Pausing) {
            control(call.context(), ancestor, Status::Resuming, Patch::default()).await?;
        }
    }
    Ok(())
}
