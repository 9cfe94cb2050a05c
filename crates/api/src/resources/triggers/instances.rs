//! `/triggerinstances`: events that happened.

use http::StatusCode;
use serde_json::{Map, Value, json};
use squall_model::TriggerInstance;
use squall_service::{TriggerDispatch, dispatch_trigger};
use squall_store::{Condition, Page, Query};

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/triggerinstances", list_all),
        get("/triggerinstances/{instance_id}", get_one),
        post("/triggerinstances/{instance_id}/re_emit", re_emit),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("trigger", "trigger", Kind::Text),
        FilterSpec("status", "status", Kind::Text),
        FilterSpec("timestamp_gt", "occurrence_time", Kind::After),
        FilterSpec("timestamp_lt", "occurrence_time", Kind::Before),
    ],
    sortable: true,
    order: &["-occurrence_time", "trigger"],
    attributes: &["id", "trigger", "payload", "occurrence_time", "status"],
    excludable: &["payload", "trigger", "occurrence_time", "status"],
    always: &["id"],
};

async fn list_all(call: Call) -> Outcome {
    let mut asked = SPEC.read(&call.query)?;
    if let Some(kind) = call.query.text("trigger_type") {
        asked.query = asked.query.filter("trigger", of_type(&call, kind).await?);
    }
    if call.query.text("timestamp_gt").is_some() && call.query.text("timestamp_lt").is_none() {
        asked.query.sort = list::order(&["occurrence_time", "trigger"]);
    }
    let page = call.store().trigger_instances.list(&asked.query).await?;
    let items = page.items.iter().map(|item| Ok(asked.choice.apply(shown(item)?)));
    let items = items.collect::<Result<Vec<_>, ApiError>>()?;
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

/// Returns the condition for the triggers of a type.
async fn of_type(call: &Call, kind: &str) -> Result<Condition, ApiError> {
    let triggers = call.store().triggers.list(&Query::all().equals("type", kind)).await?;
    Ok(Condition::In(triggers.items.into_iter().map(|trigger| json!(trigger.reference)).collect()))
}

/// Returns how an instance is shown: without where it came from.
pub(crate) fn shown(instance: &TriggerInstance) -> Result<Map<String, Value>, ApiError> {
    let mut shown = list::shown(instance)?;
    shown.remove("trace_context");
    Ok(shown)
}

async fn find(call: &Call) -> Result<TriggerInstance, ApiError> {
    let id = call.id_param("instance_id")?;
    let found = call.store().trigger_instances.get(&id).await?;
    found.map(|found| found.value).ok_or_else(|| ApiError::no_id(call.param("instance_id")))
}

async fn get_one(call: Call) -> Outcome {
    call::ok(&shown(&find(&call).await?)?)
}

/// Sends the event once more; the new payload tells which one it repeats.
async fn re_emit(call: Call) -> Outcome {
    let original = find(&call).await?;
    let mut payload = original.payload.clone();
    match &mut payload {
        Value::Object(fields) => {
            fields.insert("__context".to_owned(), json!({"original_id": original.id}));
        }
        other => *other = json!({"__context": {"original_id": original.id}}),
    }
    let dispatch = TriggerDispatch {
        trigger: original.trigger,
        payload: payload.clone(),
        trace_context: original.trace_context,
        id: None,
    };
    dispatch_trigger(call.context(), dispatch).await?;
    let message = format!("Trigger instance {} succesfully re-sent.", original.id);
    call::json(StatusCode::OK, &json!({"message": message, "payload": payload}))
}
