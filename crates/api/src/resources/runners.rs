//! `/runnertypes`. Counterpart: st2api/controllers/v1/runnertypes.py.

use serde_json::{Value, json};
use squall_bus::Message;
use squall_model::RunnerType;
use squall_service::publish_quietly;
use squall_store::Versioned;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, get, put};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/runnertypes", list_all),
        get("/runnertypes/{name_or_id}", get_one),
        put("/runnertypes/{name_or_id}", update),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[FilterSpec("id", "id", Kind::Ids), FilterSpec("name", "name", Kind::Texts)],
    sortable: true,
    order: &["name"],
    attributes: &[
        "id",
        "uid",
        "name",
        "description",
        "enabled",
        "runner_package",
        "runner_module",
        "runner_parameters",
        "output_key",
        "output_schema",
    ],
    excludable: &[
        "uid",
        "description",
        "enabled",
        "runner_package",
        "runner_module",
        "runner_parameters",
        "output_key",
        "output_schema",
    ],
    always: &["id"],
};

async fn list_all(call: Call) -> Outcome {
    list::answer(&call, call.store().runner_types.as_ref(), &SPEC).await
}

async fn get_one(call: Call) -> Outcome {
    call::ok(&find(&call).await?.value)
}

async fn find(call: &Call) -> Result<Versioned<RunnerType>, ApiError> {
    let text = call.param("name_or_id");
    let found = list::by_name_or_id(call.store().runner_types.as_ref(), text).await?;
    found.ok_or_else(|| ApiError::NotFound(format!("Resource with a name or id \"{text}\" not found")))
}

/// Changes `enabled`; the rest of a runner comes with the platform.
async fn update(call: Call) -> Outcome {
    let schema = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "enabled": {"type": "boolean"}}});
    let body = call.checked_body(&schema)?;
    let found = find(&call).await?;
    let enabled = body.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let runner = RunnerType { enabled, ..found.value };
    list::replace(call.store().runner_types.as_ref(), runner.clone(), found.revision).await?;
    publish_quietly(call.context(), Message::Catalogue { kind: "runner_type", id: runner.id }).await;
    call::ok(&runner)
}
