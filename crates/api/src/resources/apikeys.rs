//! `/apikeys`. Counterpart: st2api/controllers/v1/auth.py.
//!
//! A key belongs to who asked for it; only an administrator makes, sees and changes keys of others.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use squall_model::{ApiKey, Id, MASK};
use squall_store::{Condition, Page, Versioned};

use crate::auth::{generate_api_key, hash_api_key};
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, ListSpec};
use crate::routes::{Route, delete, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/apikeys", list_all),
        post("/apikeys", create),
        get("/apikeys/{api_key_id_or_key}", get_one),
        put("/apikeys/{api_key_id_or_key}", update),
        delete("/apikeys/{api_key_id_or_key}", remove),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(50),
    filters: &[],
    sortable: false,
    order: &["created_at"],
    attributes: &[],
    excludable: &[],
    always: &[],
};

static API_KEY: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "id": {"type": ["string", "null"]},
            "uid": {"type": ["string", "null"]},
            "user": {"type": ["string", "null"]},
            "key_hash": {"type": ["string", "null"]},
            "key": {"type": ["string", "null"]},
            "metadata": {"type": "object"},
            "created_at": {"type": ["string", "null"]},
            "enabled": {"type": "boolean"},
        },
    })
});

async fn list_all(call: Call) -> Outcome {
    let mut asked = SPEC.read(&call.query)?;
    let masked = call.masks_secrets()?;
    if !call.requester.is_admin {
        asked.query = asked.query.filter("user", Condition::Equals(json!(call.requester.user)));
    }
    let page = call.store().api_keys.list(&asked.query).await?;
    let items = page.items.iter().map(|key| shown(key, masked)).collect::<Result<Vec<_>, _>>()?;
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

fn shown(key: &ApiKey, masked: bool) -> Result<Map<String, Value>, ApiError> {
    let mut shown = list::shown(key)?;
    if masked {
        for name in ["uid", "key_hash"] {
            shown.insert(name.to_owned(), json!(MASK));
        }
    }
    Ok(shown)
}

/// Returns the key that the path names by its id or by itself; another's is none to those who are no administrators.
async fn find(call: &Call) -> Result<Option<Versioned<ApiKey>>, ApiError> {
    let text = call.param("api_key_id_or_key");
    let found = match text.parse::<Id>() {
        Ok(id) => call.store().api_keys.get(&id).await?,
        Err(_) => call.store().api_keys.find(&hash_api_key(text)).await?,
    };
    Ok(found.filter(|found| call.requester.is_admin || found.value.user == call.requester.user))
}

async fn find_or_refuse(call: &Call) -> Result<Versioned<ApiKey>, ApiError> {
    let text = call.param("api_key_id_or_key");
    find(call).await?.ok_or_else(|| ApiError::NotFound(format!("ApiKey with key or id={text} not found.")))
}

async fn get_one(call: Call) -> Outcome {
    let masked = call.masks_secrets()?;
    let text = call.param("api_key_id_or_key");
    let found = find(&call).await?;
    let found =
        found.ok_or_else(|| ApiError::NotFound(format!("ApiKey matching {text} for reference and id not found.")))?;
    call::ok(&shown(&found.value, masked)?)
}

async fn create(call: Call) -> Outcome {
    let body = call.checked_body(&API_KEY).map_err(shorter)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let user = owner(&call, text("user"))?;
    let context = call.context();
    // Whoever moves keys from another installation brings their hashes.
    let brought = text("key_hash").filter(|_| call.requester.is_admin);
    let key = brought.is_none().then(|| generate_api_key(context.entropy.as_ref()));
    let key_hash = key.as_deref().map(hash_api_key).or_else(|| brought.map(str::to_owned)).unwrap_or_default();
    let api_key = ApiKey {
        id: text("id").and_then(|id| id.parse().ok()).unwrap_or_else(|| context.new_id()),
        uid: format!("api_key:{key_hash}"),
        user,
        key_hash,
        metadata: body.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default(),
        created_at: context.now(),
        enabled: body.get("enabled").and_then(Value::as_bool).unwrap_or(true),
    };
    context.store.api_keys.insert(api_key.clone()).await.map_err(without_id)?;
    let mut shown = list::shown(&api_key)?;
    shown.remove("key_hash");
    shown.insert("key".to_owned(), json!(key));
    call::created(&shown)
}

/// The key's hash is taken, which is not what StackStorm names conflicts by.
fn without_id(error: squall_store::Error) -> ApiError {
    match ApiError::from(error) {
        ApiError::Conflict { message, .. } => ApiError::Conflict { message, id: None },
        other => other,
    }
}

fn shorter(error: ApiError) -> ApiError {
    match error {
        ApiError::Invalid(text) => ApiError::Invalid(text.trim_end_matches(", 'null'").to_owned()),
        other => other,
    }
}

fn owner(call: &Call, asked: Option<&str>) -> Result<String, ApiError> {
    let own = &call.requester.user;
    match asked.filter(|user| user != own) {
        None => Ok(own.clone()),
        Some(other) if call.requester.is_admin => Ok(other.to_owned()),
        Some(_) => Err(ApiError::Forbidden("Only an administrator can make an API key for another user.".to_owned())),
    }
}

async fn update(call: Call) -> Outcome {
    let body = call.checked_body(&API_KEY).map_err(shorter)?;
    let found = find_or_refuse(&call).await?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty() && *text != MASK);
    if text("key_hash").is_some_and(|hash| hash != found.value.key_hash) {
        return Err(ApiError::invalid("Update of key_hash is not allowed."));
    }
    let user = text("user").filter(|user| *user != found.value.user);
    let mut api_key = found.value;
    if user.is_some() {
        api_key.user = owner(&call, user)?;
    }
    api_key.metadata = body.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    api_key.enabled = body.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    list::replace(call.store().api_keys.as_ref(), api_key.clone(), found.revision).await?;
    call.state.tokens.clear();
    call::ok(&api_key)
}

async fn remove(call: Call) -> Outcome {
    let found = find_or_refuse(&call).await?;
    call.store().api_keys.delete(&found.value.id).await?;
    call.state.tokens.clear();
    call::no_content()
}
