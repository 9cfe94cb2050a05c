//! `/inquiries`: executions that wait for a person. Counterpart: st2api/controllers/v1/inquiries.py, st2common/services/inquiry.py.

use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};
use squall_model::{Execution, Id, Status};
use squall_service::{inquiries, rendering};
use squall_store::{Page, Transition};

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, ListSpec};
use crate::routes::{Route, get, put};

pub(super) fn routes() -> Vec<Route> {
    vec![get("/inquiries", list_all), get("/inquiries/{inquiry_id}", get_one), put("/inquiries/{inquiry_id}", respond)]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(20),
    filters: &[],
    sortable: false,
    // The oldest first, unlike other lists of executions.
    order: &["start_timestamp"],
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
    let query = asked.query.equals("runner.name", inquiries::RUNNER).equals("status", Status::Pending.as_str());
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
    if !inquiries::is_inquiry(&execution) {
        return Err(ApiError::Invalid(format!("Action execution \"{text}\" is not an inquiry.")));
    }
    if execution.status == Status::Pending { Ok(execution) } else { Err(too_late(&execution)) }
}

/// Why an inquiry in this status takes no answer. One that was canceled, or has not even begun, reads as answered: so does StackStorm's.
fn too_late(inquiry: &Execution) -> ApiError {
    let id = inquiry.id;
    ApiError::Invalid(match inquiry.status {
        Status::Timeout => format!("Inquiry \"{id}\" timed out and cannot be responded to."),
        _ => format!("Inquiry \"{id}\" has already been responded to."),
    })
}

async fn respond(call: Call) -> Outcome {
    let body = call.checked_body(&RESPONSE)?;
    let inquiry = find(&call).await?;
    let id = inquiry.id;
    let question = inquiry.result_value();
    check_permission(&call, id, &question)?;
    let response = body.get("response").cloned().unwrap_or(Value::Null);
    let schema = question.get("schema").cloned().unwrap_or(Value::Null);
    if let Some(reason) = rendering::response_violation(&schema, &response) {
        return Err(ApiError::Invalid(format!(
            "Response for inquiry \"{id}\" did not pass schema validation. {reason}"
        )));
    }
    match inquiries::respond(call.context(), inquiry, &response, &call.requester.user).await? {
        Transition::Moved(_) => call::ok(&json!({"id": id, "response": response})),
        // Somebody else answered while this answer was read, or the time ran out.
        Transition::Refused(ended) => Err(too_late(&ended)),
        Transition::Missing => Err(ApiError::no_path()),
    }
}

/// An inquiry may name who answers it. It may name roles too, but without RBAC everybody has every role.
fn check_permission(call: &Call, id: Id, question: &Value) -> Result<(), ApiError> {
    let users = question.get("users").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let user = &call.requester.user;
    if users.is_empty() || users.iter().any(|allowed| allowed.as_str() == Some(user)) {
        return Ok(());
    }
    Err(ApiError::Forbidden(format!("User \"{user}\" does not have permission to respond to inquiry \"{id}\".")))
}
