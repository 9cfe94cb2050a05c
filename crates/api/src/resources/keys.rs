//! `/keys`: the datastore. Counterpart: st2api/controllers/v1/keyvalue.py.
//!
//! One addition: `if_value` in a PUT stores only if the present value is that one (`null`: if there is none), else 412.

mod events;

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Map, Value, json};
use squall_model::{Id, KeyScope, KeyValue};
use squall_service::{DatastoreError, SetKey};

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::routes::{Route, delete, get, put};

pub(super) fn routes() -> Vec<Route> {
    vec![get("/keys", list_all), get("/keys/{name}", get_one), put("/keys/{name}", set), delete("/keys/{name}", remove)]
}

static KEY: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "required": ["name", "value"],
        "properties": {
            "name": {"type": "string"},
            "value": {"type": "string"},
            "description": {"type": ["string", "null"]},
            "secret": {"type": "boolean"},
            "encrypted": {"type": "boolean"},
            "scope": {"type": ["string", "null"]},
            "ttl": {"type": ["integer", "null"], "minimum": 0},
            "user": {"type": ["string", "null"]},
            "if_value": {"type": ["string", "null"]},
        },
    })
});

async fn list_all(call: Call) -> Outcome {
    let text = call.query.text("scope").unwrap_or("system");
    let decrypt = call.query.boolean("decrypt")?.unwrap_or(false);
    let scopes = if text == "all" {
        vec![KeyScope::System, KeyScope::User]
    } else {
        vec![scope(text).ok_or_else(|| ApiError::Invalid(format!("Invalid scope: {}", full_scope(text))))?]
    };
    let user = user(&call, call.query.text("user"))?;
    let prefix = call.query.text("prefix").unwrap_or_default();
    let mut items = Vec::new();
    for scope in scopes {
        items.extend(call.state.datastore.list(Some(scope), &stored_name(scope, &user, prefix)).await?);
    }
    if let Some(name) = call.query.text("name") {
        items.retain(|item| split(item).0 == name);
    }
    if call.query.text("sort") == Some("-name") {
        items.reverse();
    }
    let shown = page(&call, items)?.iter().map(|item| shown(&call, item, decrypt)).collect::<Result<Vec<_>, _>>()?;
    call::ok(&shown)
}

fn page(call: &Call, items: Vec<KeyValue>) -> Result<Vec<KeyValue>, ApiError> {
    const PAGE: crate::list::ListSpec = crate::list::ListSpec {
        default_limit: Some(100),
        filters: &[],
        sortable: false,
        order: &[],
        attributes: &[
            "id",
            "uid",
            "name",
            "description",
            "value",
            "secret",
            "encrypted",
            "scope",
            "user",
            "expire_timestamp",
        ],
        excludable: &[],
        always: &["id"],
    };
    let asked = PAGE.read(&call.query)?;
    let offset = usize::try_from(asked.query.offset).unwrap_or(usize::MAX);
    let limit = asked.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(items.into_iter().skip(offset).take(limit).collect())
}

async fn get_one(call: Call) -> Outcome {
    let decrypt = call.query.boolean("decrypt")?.unwrap_or(false);
    let (scope, name) = addressed(&call)?;
    let item = call.state.datastore.get(scope, &name).await?.ok_or_else(|| missing(&name))?;
    call::ok(&shown(&call, &item, decrypt)?)
}

async fn set(call: Call) -> Outcome {
    let body = call.checked_body(&KEY).map_err(shorter)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let is_set = |name: &str| body.get(name) == Some(&Value::Bool(true));
    let scope = allowed_scope(text("scope").unwrap_or("system"))?;
    let user = user(&call, text("user"))?;
    let name = call.param("name");
    check_id(&call, text("id"), name).await?;
    let request = SetKey {
        scope,
        name: stored_name(scope, &user, name),
        value: text("value").unwrap_or_default().to_owned(),
        secret: is_set("secret"),
        encrypted: is_set("encrypted"),
        ttl: body.get("ttl").and_then(Value::as_u64).map(Duration::from_secs),
        description: text("description").map(str::to_owned),
        expected: body.get("if_value").map(|value| value.as_str().map(str::to_owned)),
    };
    let (before, item) = call.state.datastore.set(request).await.map_err(|error| refused(error, name))?;
    events::stored(&call, before.as_ref(), &item).await?;
    call::ok(&shown(&call, &item, false)?)
}

fn shorter(error: ApiError) -> ApiError {
    match error {
        ApiError::Invalid(text) => ApiError::Invalid(text.trim_end_matches(", 'null'").to_owned()),
        other => other,
    }
}

fn refused(error: DatastoreError, name: &str) -> ApiError {
    match error {
        DatastoreError::Crypto(_) => ApiError::Invalid(format!(
            "Failed to verify the integrity of the provided value for key \"{name}\". Ensure that the value is encrypted with the \
             correct key and not corrupted."
        )),
        other => other.into(),
    }
}

/// Clients send back what they got: an id that is there must be that of a key.
async fn check_id(call: &Call, id: Option<&str>, name: &str) -> Result<(), ApiError> {
    let Some(text) = id.filter(|id| *id != name) else { return Ok(()) };
    let found = match text.parse::<Id>() {
        Ok(id) => call.store().keys.get(&id).await?.is_some(),
        Err(_) => false,
    };
    if found {
        return Ok(());
    }
    Err(ApiError::NotFound(format!("Unable to find the KeyValuePairDB instance. {{'id': ObjectId('{text}')}}")))
}

async fn remove(call: Call) -> Outcome {
    let (scope, name) = addressed(&call)?;
    let item = call.state.datastore.delete(scope, &name).await?.ok_or_else(|| missing(&name))?;
    events::removed(&call, &item).await?;
    call::no_content()
}

/// Returns scope and stored name of the key that the path and the query name.
fn addressed(call: &Call) -> Result<(KeyScope, String), ApiError> {
    let scope = match call.query.text("scope") {
        None | Some("all") => KeyScope::System,
        Some(text) => allowed_scope(text)?,
    };
    let user = user(call, call.query.text("user"))?;
    Ok((scope, stored_name(scope, &user, call.param("name"))))
}

fn missing(name: &str) -> ApiError {
    ApiError::NotFound(format!("The key \"{name}\" does not exist in the StackStorm datastore."))
}

fn scope(text: &str) -> Option<KeyScope> {
    match text {
        "system" | "st2kv.system" => Some(KeyScope::System),
        "user" | "st2kv.user" => Some(KeyScope::User),
        _ => None,
    }
}

fn full_scope(text: &str) -> String {
    if text.starts_with("st2kv.") { text.to_owned() } else { format!("st2kv.{text}") }
}

fn allowed_scope(text: &str) -> Result<KeyScope, ApiError> {
    scope(text).ok_or_else(|| {
        ApiError::Invalid(format!(
            "Scope {} is not in allowed scopes list: ['system', 'user', 'st2kv.system', 'st2kv.user'].",
            full_scope(text)
        ))
    })
}

/// Returns whose keys are meant. Without RBAC nobody may name another user.
fn user(call: &Call, asked: Option<&str>) -> Result<String, ApiError> {
    let own = &call.requester.user;
    match asked {
        Some(other) if other != own => Err(ApiError::Forbidden(
            "\"user\" attribute can only be provided by admins when RBAC is enabled".to_owned(),
        )),
        _ => Ok(own.clone()),
    }
}

fn stored_name(scope: KeyScope, user: &str, name: &str) -> String {
    match scope {
        KeyScope::System => name.to_owned(),
        KeyScope::User => format!("{user}:{name}"),
    }
}

/// Splits a stored name into name and user.
fn split(item: &KeyValue) -> (&str, Option<&str>) {
    match (item.scope, item.name.split_once(':')) {
        (KeyScope::User, Some((user, name))) => (name, Some(user)),
        _ => (&item.name, None),
    }
}

/// Returns how a key is shown, in clear if that is asked for.
fn shown(call: &Call, item: &KeyValue, decrypt: bool) -> Result<Map<String, Value>, ApiError> {
    let value = if decrypt { call.state.datastore.clear(item)? } else { item.value.clone() };
    let (name, user) = split(item);
    let shown = json!({
        "uid": KeyValue::uid(item.scope, &item.name),
        "scope": item.scope,
        "name": name,
        "description": item.description,
        "value": value,
        "secret": item.secret,
        "encrypted": item.secret && !decrypt,
        "user": user,
        "expire_timestamp": item.expire_timestamp,
        "id": item.id,
    });
    match shown {
        Value::Object(fields) => Ok(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        other => Err(ApiError::Internal(format!("a key is shown as {other}"))),
    }
}
