//! `/triggertypes`, `/triggers`, `/triggerinstances`. Counterpart: st2api/controllers/v1/triggers.py.

mod instances;
mod types;
mod uid;

use serde_json::{Value, json};
use squall_bus::{Change, Message};
use squall_model::{Id, Trigger};
use squall_packs::TriggerError;
use squall_service::publish_quietly;
use squall_store::{Query, Versioned};

pub(super) use instances::shown as shown_instance;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list;
use crate::routes::{Route, delete, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![
        get("/triggers", list_all),
        post("/triggers", create),
        get("/triggers/{trigger_id}", get_one),
        put("/triggers/{trigger_id}", update),
        delete("/triggers/{trigger_id}", remove),
    ];
    routes.extend(types::routes());
    routes.extend(instances::routes());
    routes
}

fn trigger_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": ["string", "null"]}, "pack": {"type": ["string", "null"]}, "type": {"type": ["string", "null"]},
            "parameters": {"type": ["object", "null"]}, "description": {"type": ["string", "null"]},
        },
    })
}

async fn list_all(call: Call) -> Outcome {
    call::ok(&call.store().triggers.list(&Query::all().ascending("ref")).await?.items)
}

async fn get_one(call: Call) -> Outcome {
    call::ok(&find(&call).await?.value)
}

async fn find(call: &Call) -> Result<Versioned<Trigger>, ApiError> {
    let text = call.param("trigger_id");
    let missing = || ApiError::NotFound(format!("Unable to find the TriggerDB instance. {{'id': '{text}'}}"));
    let id: Id = text.parse().map_err(|_| missing())?;
    call.store().triggers.get(&id).await?.ok_or_else(missing)
}

async fn create(call: Call) -> Outcome {
    let trigger = Trigger { id: call.context().new_id(), ..read(&call)? };
    let store = call.store().triggers.as_ref();
    // Sensors create their triggers at every start: the same one again is no conflict.
    if let Some(existing) = store.find(&trigger.reference).await? {
        return call::created(&existing.value);
    }
    store.insert(trigger.clone()).await?;
    announce(&call, Change::Create, &trigger).await;
    call::created(&trigger)
}

fn read(call: &Call) -> Result<Trigger, ApiError> {
    let body = call.checked_body(&trigger_schema())?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(name), Some(pack)) = (text("name"), text("pack")) else {
        return Err(ApiError::invalid("Both pack and name needed for building ref."));
    };
    let parameters = body.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(Trigger {
        name: name.to_owned(),
        pack: pack.to_owned(),
        reference: format!("{pack}.{name}"),
        uid: uid::trigger_uid(pack, name, &parameters),
        kind: text("type").unwrap_or_default().to_owned(),
        parameters,
        description: text("description").map(str::to_owned),
        id: Id::default(),
    })
}

fn refused(error: TriggerError) -> ApiError {
    match error {
        TriggerError::Store(error) => error.into(),
        other => ApiError::Invalid(other.to_string()),
    }
}

async fn update(call: Call) -> Outcome {
    let found = find(&call).await?;
    let trigger = Trigger { id: found.value.id, ..read(&call)? };
    list::replace(call.store().triggers.as_ref(), trigger.clone(), found.revision).await?;
    announce(&call, Change::Update, &trigger).await;
    call::ok(&trigger)
}

async fn remove(call: Call) -> Outcome {
    let found = find(&call).await?.value;
    if super::rules::count_listeners(&call, &found.reference).await? > 0 {
        return Err(ApiError::Invalid(format!("Trigger \"{}\" is still used by rules.", found.reference)));
    }
    call.store().triggers.delete(&found.id).await?;
    announce(&call, Change::Delete, &found).await;
    call::no_content()
}

async fn announce(call: &Call, change: Change, trigger: &Trigger) {
    publish_quietly(call.context(), Message::Triggers { change, trigger: trigger.reference.clone() }).await;
}
