//! `/triggertypes`.

use std::sync::LazyLock;

use serde_json::{Value, json};
use squall_bus::Message;
use squall_model::{Map, TriggerType};
use squall_packs::ensure_trigger;
use squall_service::publish_quietly;
use squall_store::Query;

use super::refused;
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::resources::actions::refuse_system_pack;
use crate::routes::{Route, delete, get, post, put};
use crate::validation::python;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/triggertypes", list_all),
        post("/triggertypes", create),
        get("/triggertypes/{ref_or_id}", get_one),
        put("/triggertypes/{ref_or_id}", update),
        delete("/triggertypes/{ref_or_id}", remove),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("name", "name", Kind::Texts),
        FilterSpec("pack", "pack", Kind::Text),
    ],
    sortable: true,
    order: &["ref"],
    attributes: &[
        "id",
        "uid",
        "ref",
        "name",
        "pack",
        "description",
        "payload_schema",
        "parameters_schema",
        "tags",
        "metadata_file",
    ],
    excludable: &["description", "payload_schema", "parameters_schema", "tags", "metadata_file"],
    always: &["id", "ref"],
};

static TRIGGER_TYPE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "description": {"type": ["string", "null"]},
            "payload_schema": {"type": ["object", "null"]}, "parameters_schema": {"type": ["object", "null"]},
            "tags": {"type": ["array", "null"], "items": {"type": "object"}},
        },
    })
});

async fn list_all(call: Call) -> Outcome {
    list::answer(&call, call.store().trigger_types.as_ref(), &SPEC).await
}

async fn get_one(call: Call) -> Outcome {
    call::ok(&list::by_ref_or_id(call.store().trigger_types.as_ref(), call.param("ref_or_id")).await?.value)
}

fn read(call: &Call) -> Result<TriggerType, ApiError> {
    let mut body = call.checked_body(&TRIGGER_TYPE)?;
    for name in ["pack", "name"] {
        if !body.get(name).is_some_and(Value::is_string) {
            let shown = |name: &str| match body.get(name) {
                Some(Value::String(text)) => text.clone(),
                other => other.map_or_else(|| "None".to_owned(), python),
            };
            return Err(ApiError::Invalid(format!(
                "Both pack and name needed for building ref. pack={}, name={}",
                shown("pack"),
                shown("name")
            )));
        }
    }
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    let read: TriggerType = crate::resources::read(body)?;
    crate::resources::check_reference(&read.pack, &read.name)?;
    Ok(read.with_references())
}

async fn create(call: Call) -> Outcome {
    let kind = TriggerType { id: call.context().new_id(), ..read(&call)? };
    call.store().trigger_types.insert(kind.clone()).await?;
    ensure_shadow(&call, &kind).await?;
    changed(&call, &kind).await;
    call::created(&kind)
}

/// A type without parameters has one trigger from the start.
async fn ensure_shadow(call: &Call, kind: &TriggerType) -> Result<(), ApiError> {
    if !kind.parameters_schema.is_empty() {
        return Ok(());
    }
    let context = call.context();
    let ensured = ensure_trigger(&context.store, context.bus.as_ref(), &kind.reference, &Map::new()).await;
    ensured.map(|_| ()).map_err(refused)
}

async fn update(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().trigger_types.as_ref(), call.param("ref_or_id")).await?;
    refuse_system_pack(&found.value.pack)?;
    let kind = TriggerType { id: found.value.id, ..read(&call)? };
    list::replace(call.store().trigger_types.as_ref(), kind.clone(), found.revision).await?;
    ensure_shadow(&call, &kind).await?;
    changed(&call, &kind).await;
    call::ok(&kind)
}

async fn remove(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().trigger_types.as_ref(), call.param("ref_or_id")).await?.value;
    refuse_system_pack(&found.pack)?;
    call.store().trigger_types.delete(&found.id).await?;
    let shadow = call.store().triggers.list(&Query::all().equals("type", found.reference.as_str())).await?;
    for trigger in shadow.items.into_iter().filter(|trigger| trigger.parameters.is_empty()) {
        call.store().triggers.delete(&trigger.id).await?;
    }
    changed(&call, &found).await;
    call::no_content()
}

async fn changed(call: &Call, kind: &TriggerType) {
    publish_quietly(call.context(), Message::Catalogue { kind: "trigger_type", id: kind.id }).await;
}
