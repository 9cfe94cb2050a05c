//! `/policies` and `/policytypes`. Counterpart: st2api/controllers/v1/policies.py.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use squall_bus::Message;
use squall_model::{Id, Policy};
use squall_service::publish_quietly;
use squall_store::Query;

use super::actions::refuse_system_pack;
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, delete, get, post, put};
use crate::validation;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/policytypes", list_types),
        get("/policytypes/{ref_or_id}", get_type),
        get("/policies", list_all),
        post("/policies", create),
        get("/policies/{ref_or_id}", get_one),
        put("/policies/{ref_or_id}", update),
        delete("/policies/{ref_or_id}", remove),
    ]
}

const TYPES: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("name", "name", Kind::Texts),
        FilterSpec("resource_type", "resource_type", Kind::Text),
    ],
    sortable: true,
    order: &["resource_type", "name"],
    attributes: &["id", "uid", "ref", "name", "resource_type", "description", "enabled", "module", "parameters"],
    excludable: &["uid", "description", "enabled", "module", "parameters"],
    always: &["id"],
};

const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[
        FilterSpec("name", "name", Kind::Text),
        FilterSpec("pack", "pack", Kind::Text),
        FilterSpec("resource_ref", "resource_ref", Kind::Text),
        FilterSpec("policy_type", "policy_type", Kind::Text),
    ],
    sortable: false,
    order: &["pack", "name"],
    attributes: &[
        "id",
        "uid",
        "ref",
        "name",
        "pack",
        "description",
        "enabled",
        "resource_ref",
        "policy_type",
        "parameters",
        "metadata_file",
    ],
    excludable: &["uid", "description", "enabled", "resource_ref", "policy_type", "parameters", "metadata_file"],
    always: &["id", "ref"],
};

static POLICY: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "required": ["resource_ref", "policy_type", "name", "pack"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": ["string", "null"]}, "uid": {"type": "string"}, "ref": {"type": "string"},
            "metadata_file": {"type": "string"}, "name": {"type": "string"}, "pack": {"type": "string"},
            "description": {"type": ["string", "null"]}, "enabled": {"type": "boolean"},
            "resource_ref": {"type": "string"}, "policy_type": {"type": "string"}, "parameters": {"type": "object"},
        },
    })
});

async fn list_types(call: Call) -> Outcome {
    list::answer(&call, call.store().policy_types.as_ref(), &TYPES).await
}

async fn get_type(call: Call) -> Outcome {
    let text = call.param("ref_or_id");
    let found = list::by_ref_or_id(call.store().policy_types.as_ref(), text).await;
    call::ok(&found.map_err(|error| no_type(error, text))?.value)
}

fn no_type(error: ApiError, text: &str) -> ApiError {
    match error {
        ApiError::NotFound(_) => ApiError::NotFound(format!("PolicyType with a reference of id \"{text}\" not found.")),
        other => other,
    }
}

async fn list_all(call: Call) -> Outcome {
    list::answer(&call, call.store().policies.as_ref(), &SPEC).await
}

async fn get_one(call: Call) -> Outcome {
    call::ok(&list::by_ref_or_id(call.store().policies.as_ref(), call.param("ref_or_id")).await?.value)
}

async fn create(call: Call) -> Outcome {
    let policy = Policy { id: call.context().new_id(), ..checked(&call).await? };
    // One with the same name is the conflict that the store tells.
    if call.store().policies.find(&policy.reference).await?.is_none() {
        refuse_second(&call, &policy).await?;
    }
    refuse_system_pack(&policy.pack)?;
    call.store().policies.insert(policy.clone()).await?;
    changed(&call, policy.id).await;
    call::created(&policy)
}

/// A resource has at most one policy of a type.
async fn refuse_second(call: &Call, policy: &Policy) -> Result<(), ApiError> {
    let same = Query::all().equals("resource_ref", policy.resource_ref.as_str());
    let same = call.store().policies.list(&same).await?;
    let other = same.items.into_iter().find(|other| other.policy_type == policy.policy_type && other.id != policy.id);
    match other {
        None => Ok(()),
        Some(other) => Err(ApiError::Conflict {
            message: format!(
                "Tried to save duplicate unique keys (\"{}\" has the policy \"{}\" of type {} already)",
                policy.resource_ref, other.reference, policy.policy_type
            ),
            id: None,
        }),
    }
}

async fn update(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().policies.as_ref(), call.param("ref_or_id")).await?;
    refuse_system_pack(&found.value.pack)?;
    let policy = Policy { id: found.value.id, ..checked(&call).await? };
    list::replace(call.store().policies.as_ref(), policy.clone(), found.revision).await?;
    changed(&call, policy.id).await;
    call::ok(&policy)
}

async fn remove(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().policies.as_ref(), call.param("ref_or_id")).await?.value;
    refuse_system_pack(&found.pack)?;
    call.store().policies.delete(&found.id).await?;
    changed(&call, found.id).await;
    call::no_content()
}

async fn checked(call: &Call) -> Result<Policy, ApiError> {
    let policy: Policy = super::read(call.checked_body(&POLICY)?)?;
    let kind =
        call.store().policy_types.find(&policy.policy_type).await?.ok_or_else(|| {
            ApiError::Invalid(format!("Referenced policy_type \"{}\" doesnt exist", policy.policy_type))
        })?;
    let parameters = completed(&kind.value.parameters, policy.parameters)?;
    let (reference, uid) =
        (format!("{}.{}", policy.pack, policy.name), format!("policy:{}:{}", policy.pack, policy.name));
    Ok(Policy { parameters, reference, uid, ..policy })
}

/// Checks the parameters of a policy against those of its type, and adds the defaults.
fn completed(schemas: &Map<String, Value>, mut given: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let is_required =
        |schema: &Value| schema.get("required") == Some(&Value::Bool(true)) && schema.get("default").is_none();
    let required: Vec<&String> =
        schemas.iter().filter(|(_, schema)| is_required(schema)).map(|(name, _)| name).collect();
    let plain = |schema: &Value| {
        let mut schema = schema.clone();
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("required");
        }
        schema
    };
    let properties: Map<String, Value> = schemas.iter().map(|(name, schema)| (name.clone(), plain(schema))).collect();
    let schema = json!({"required": required, "additionalProperties": false, "properties": properties});
    validation::check(&schema, &Value::Object(given.clone()))?;
    for (name, schema) in schemas {
        if let Some(default) = schema.get("default")
            && !given.contains_key(name)
        {
            given.insert(name.clone(), default.clone());
        }
    }
    Ok(given)
}

async fn changed(call: &Call, id: Id) {
    publish_quietly(call.context(), Message::Catalogue { kind: "policy", id }).await;
}
