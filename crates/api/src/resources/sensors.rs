//! `/sensortypes`. Counterpart: st2api/controllers/v1/sensors.py.
//!
//! One addition: `process` beside a sensor tells what its process does.

use serde_json::{Map, Value, json};
use squall_bus::{Change, Message};
use squall_model::Sensor;
use squall_service::publish_quietly;
use squall_store::Page;

use super::actions::refuse_system_pack;
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, get, put};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/sensortypes", list_all),
        get("/sensortypes/{ref_or_id}", get_one),
        put("/sensortypes/{ref_or_id}", update),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: None,
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("name", "name", Kind::Text),
        FilterSpec("pack", "pack", Kind::Text),
        FilterSpec("enabled", "enabled", Kind::Boolean),
    ],
    sortable: false,
    order: &["pack", "name"],
    attributes: &[
        "id",
        "uid",
        "ref",
        "name",
        "pack",
        "class_name",
        "description",
        "artifact_uri",
        "entry_point",
        "enabled",
        "trigger_types",
        "poll_interval",
        "metadata_file",
        "process",
    ],
    excludable: &[
        "description",
        "artifact_uri",
        "entry_point",
        "enabled",
        "trigger_types",
        "poll_interval",
        "metadata_file",
        "process",
        "class_name",
        "uid",
    ],
    always: &["id", "ref"],
};

async fn list_all(call: Call) -> Outcome {
    let mut asked = SPEC.read(&call.query)?;
    // The store has no filter for an element of a list of texts: such a page is cut here.
    let trigger = call.query.text("trigger");
    let limit = asked.query.limit.filter(|_| trigger.is_some());
    if trigger.is_some() {
        asked.query.limit = None;
    }
    let mut page = call.store().sensors.list(&asked.query).await?;
    if let Some(trigger) = trigger {
        page.items.retain(|sensor| sensor.trigger_types.iter().any(|kind| kind == trigger));
        page.total = page.items.len() as u64;
        page.items.truncate(limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)));
    }
    let mut items = Vec::with_capacity(page.items.len());
    for sensor in &page.items {
        items.push(asked.choice.apply(shown(&call, sensor).await?));
    }
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

async fn shown(call: &Call, sensor: &Sensor) -> Result<Map<String, Value>, ApiError> {
    let mut shown = list::shown(sensor)?;
    if let Some(state) = call.store().sensor_states.find(&sensor.reference).await? {
        let state = state.value;
        shown.insert(
            "process".to_owned(),
            json!({
                "status": state.status, "pid": state.pid, "restarts": state.restarts,
                "last_error": state.last_error, "since": state.since,
            }),
        );
    }
    Ok(shown)
}

async fn get_one(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().sensors.as_ref(), call.param("ref_or_id")).await?;
    call::ok(&shown(&call, &found.value).await?)
}

/// Changes `enabled`; the rest of a sensor comes from its pack.
async fn update(call: Call) -> Outcome {
    let schema = json!({"type": "object", "properties": {"enabled": {"type": "boolean"}}});
    let body = call.checked_body(&schema)?;
    let found = list::by_ref_or_id(call.store().sensors.as_ref(), call.param("ref_or_id")).await?;
    refuse_system_pack(&found.value.pack)?;
    let enabled = body.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let sensor = Sensor { enabled, ..found.value };
    list::replace(call.store().sensors.as_ref(), sensor.clone(), found.revision).await?;
    let message = Message::Sensors { change: Change::Update, sensor: sensor.reference.clone() };
    publish_quietly(call.context(), message).await;
    call::ok(&sensor)
}
