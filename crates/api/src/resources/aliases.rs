//! `/actionalias`. Counterpart: st2api/controllers/v1/actionalias.py.

use std::sync::LazyLock;

use serde_json::{Value, json};
use squall_bus::Message;
use squall_model::{ActionAlias, Id, Map};
use squall_service::publish_quietly;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, delete, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/actionalias", list_all),
        post("/actionalias", create),
        get("/actionalias/{ref_or_id}", get_one),
        put("/actionalias/{ref_or_id}", update),
        delete("/actionalias/{ref_or_id}", remove),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("name", "name", Kind::Text),
        FilterSpec("pack", "pack", Kind::Text),
    ],
    sortable: true,
    order: &["pack", "name"],
    attributes: &[
        "id",
        "uid",
        "ref",
        "name",
        "pack",
        "description",
        "enabled",
        "action_ref",
        "formats",
        "ack",
        "result",
        "extra",
        "immutable_parameters",
        "metadata_file",
    ],
    excludable: &[
        "uid",
        "description",
        "enabled",
        "action_ref",
        "formats",
        "ack",
        "result",
        "extra",
        "immutable_parameters",
        "metadata_file",
    ],
    always: &["id", "ref"],
};

static ALIAS: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "required": ["name", "action_ref", "formats"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": ["string", "null"]}, "uid": {"type": "string"}, "ref": {"type": "string"},
            "metadata_file": {"type": "string"}, "name": {"type": "string"}, "pack": {"type": "string"},
            "description": {"type": ["string", "null"]}, "enabled": {"type": "boolean"},
            "action_ref": {"type": "string"}, "formats": {"type": "array", "items": {"type": ["string", "object"]}},
            "ack": {"type": ["object", "null"]}, "result": {"type": ["object", "null"]},
            "extra": {"type": ["object", "null"]}, "immutable_parameters": {"type": ["object", "null"]},
        },
    })
});

async fn list_all(call: Call) -> Outcome {
    list::answer(&call, call.store().aliases.as_ref(), &SPEC).await
}

async fn get_one(call: Call) -> Outcome {
    call::ok(&list::by_ref_or_id(call.store().aliases.as_ref(), call.param("ref_or_id")).await?.value)
}

fn read(call: &Call) -> Result<ActionAlias, ApiError> {
    let read: ActionAlias = super::read(call.checked_body(&ALIAS)?)?;
    let empty = || Some(Map::new());
    Ok(ActionAlias {
        reference: format!("{}.{}", read.pack, read.name),
        uid: format!("action_alias:{}:{}", read.pack, read.name),
        ack: read.ack.or_else(empty),
        result: read.result.or_else(empty),
        extra: read.extra.or_else(empty),
        immutable_parameters: read.immutable_parameters.or_else(empty),
        ..read
    })
}

async fn create(call: Call) -> Outcome {
    let alias = ActionAlias { id: call.context().new_id(), ..read(&call)? };
    call.store().aliases.insert(alias.clone()).await?;
    changed(&call, alias.id).await;
    call::created(&alias)
}

async fn update(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().aliases.as_ref(), call.param("ref_or_id")).await?;
    let alias = ActionAlias { id: found.value.id, ..read(&call)? };
    list::replace(call.store().aliases.as_ref(), alias.clone(), found.revision).await?;
    changed(&call, alias.id).await;
    call::ok(&alias)
}

async fn remove(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().aliases.as_ref(), call.param("ref_or_id")).await?.value;
    call.store().aliases.delete(&found.id).await?;
    changed(&call, found.id).await;
    call::no_content()
}

async fn changed(call: &Call, id: Id) {
    publish_quietly(call.context(), Message::Catalogue { kind: "action_alias", id }).await;
}
