//! `POST /packs/install` and `POST /packs/uninstall`: executions of the actions that do it.

use http::StatusCode;
use serde_json::{Map, Value, json};
use squall_service::{ExecutionRequest, request_execution};

use crate::call::{self, Call, Outcome};

pub(super) async fn install(call: Call) -> Outcome {
    let schema = json!({
        "type": "object",
        "required": ["packs"],
        "properties": {
            "packs": {"type": "array", "items": {"type": "string"}},
            "force": {"type": "boolean"},
            "skip_dependencies": {"type": "boolean"},
        },
    });
    let body = call.checked_body(&schema)?;
    let mut parameters = Map::from_iter([("packs".to_owned(), body["packs"].clone())]);
    for name in ["force", "skip_dependencies"] {
        if body.get(name) == Some(&Value::Bool(true)) {
            parameters.insert(name.to_owned(), Value::Bool(true));
        }
    }
    run(&call, "packs.install", parameters).await
}

pub(super) async fn uninstall(call: Call) -> Outcome {
    let schema = json!({
        "type": "object",
        "required": ["packs"],
        "properties": {"packs": {"type": "array", "items": {"type": "string"}}},
    });
    let body = call.checked_body(&schema)?;
    let parameters = Map::from_iter([("packs".to_owned(), body["packs"].clone())]);
    run(&call, "packs.uninstall", parameters).await
}

async fn run(call: &Call, action: &str, parameters: Map<String, Value>) -> Outcome {
    let request = ExecutionRequest {
        action: action.to_owned(),
        parameters,
        user: call.requester.user.clone(),
        ..ExecutionRequest::default()
    };
    let requested = request_execution(call.context(), request).await?;
    call::json(StatusCode::ACCEPTED, &json!({"execution_id": requested.execution.id}))
}
