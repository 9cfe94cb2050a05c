//! The resources: one file each, with schema, handlers and routes; one line each below.

mod actions;
mod aliases;
mod apikeys;
mod configs;
mod doctor;
mod enforcements;
mod executions;
mod inquiries;
mod keys;
mod packs;
mod policies;
mod rbac;
mod registry;
mod rules;
mod runners;
mod sensors;
mod stream;
mod timers;
mod tokens;
mod traces;
mod triggers;
mod user;
mod webhooks;
mod workflows;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::errors::ApiError;
use crate::routes::Route;

/// Returns every route that is served.
pub(crate) fn routes() -> Vec<Route> {
    [
        actions::routes,
        aliases::routes,
        apikeys::routes,
        configs::routes,
        doctor::routes,
        enforcements::routes,
        executions::routes,
        inquiries::routes,
        keys::routes,
        packs::routes,
        policies::routes,
        rbac::routes,
        registry::routes,
        rules::routes,
        runners::routes,
        sensors::routes,
        stream::routes,
        timers::routes,
        tokens::routes,
        traces::routes,
        triggers::routes,
        user::routes,
        webhooks::routes,
        workflows::routes,
    ]
    .into_iter()
    .flat_map(|routes: fn() -> Vec<Route>| routes())
    .collect()
}

/// Refuses what can't be put together to a reference: `pack.name`.
fn check_reference(pack: &str, name: &str) -> Result<(), ApiError> {
    if pack.is_empty() || name.is_empty() {
        return Err(ApiError::Invalid(format!("Both pack and name needed for building ref. pack={pack}, name={name}")));
    }
    if pack.contains('.') {
        return Err(ApiError::invalid("Pack name should not contain \".\""));
    }
    Ok(())
}

/// Reads a body that fits its schema into what is stored; an `id` that is null or malformed counts as none.
fn read<T: DeserializeOwned>(mut body: Value) -> Result<T, ApiError> {
    if let Some(fields) = body.as_object_mut() {
        let has_id = fields.get("id").and_then(Value::as_str).is_some_and(|id| id.parse::<squall_model::Id>().is_ok());
        if !has_id {
            fields.remove("id");
        }
    }
    serde_json::from_value(body).map_err(|error| ApiError::Invalid(error.to_string()))
}
