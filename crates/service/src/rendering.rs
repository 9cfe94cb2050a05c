//! Parameters: where the rules of `squall-parameters` meet store and configuration.
//!
//! Templates that ask the datastore are rendered on a thread that may wait; all others at once.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use squall_jinja::{Context as Names, Environment, Limits};
use squall_model::{ActionSnapshot, Map};
use squall_parameters::{ParameterError, Schemas, check_request, mask_parameters, render_final, render_live, schema};

use crate::Context;
use crate::config_values::Resolver;
use crate::lookup::{KeyLookup, Root};

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::stackstorm(Limits::default()));

/// What templates in parameters may see besides other parameters.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Whose datastore `st2kv.user` is.
    pub user: String,
    pub action_context: Map,
    pub config_context: Map,
    /// Further names at the top level (`trigger` for rules).
    pub extra: Map,
}

/// Returns why the value does not fit the schema, if it does not.
pub fn first_violation(schema: &Value, value: &Value) -> Option<String> {
    schema::validate(schema, value).into_iter().next().map(|violation| violation.message)
}

/// Returns why an event does not fit the schema of its type, with the parts of both that it is about; what is optional may be null.
pub fn payload_violation(schema: &Value, payload: &Value) -> Option<String> {
    let violations = schema::validate(&schema::allow_null_defaults(&with_any_type(schema)), payload);
    violations.into_iter().next().map(|violation| violation.explanation())
}

/// Returns why an answer to an inquiry does not fit the schema that was asked for; what has a default may be left out.
pub fn response_violation(schema: &Value, response: &Value) -> Option<String> {
    payload_violation(schema, &schema::with_defaults(response, schema))
}

/// A property that says nothing of its type takes every value: only among parameters it stands for a text.
fn with_any_type(schema: &Value) -> Value {
    let mut schema = schema.clone();
    for property in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        let is_open =
            |keywords: &Map| !["type", "anyOf", "oneOf"].iter().any(|keyword| keywords.contains_key(*keyword));
        if let Some(keywords) = property.as_object_mut().filter(|keywords| is_open(keywords)) {
            keywords.insert("type".to_owned(), json!(["object", "array", "string", "number", "boolean", "null"]));
        }
    }
    schema
}

/// Renders and checks what a caller supplied: the parameters that the execution shows.
pub async fn live_parameters(
    context: &Context,
    snapshot: &Arc<ActionSnapshot>,
    given: &Map,
    scope: &Scope,
) -> Result<Map, ParameterError> {
    let asks = asks_the_datastore(given) || asks_the_datastore(&snapshot.action.parameters);
    let (snapshot, given) = (Arc::clone(snapshot), given.clone());
    render(context, scope, asks, move |names| {
        let schemas = schemas(&snapshot);
        let live = render_live(&ENVIRONMENT, schemas, &given, names)?;
        check_request(schemas, &live)?;
        Ok(live)
    })
    .await
}

/// Adds the defaults and splits the parameters into the runner's and the action's.
pub async fn final_parameters(
    context: &Context,
    snapshot: &Arc<ActionSnapshot>,
    live: &Map,
    scope: &Scope,
) -> Result<(Map, Map), String> {
    let asks = asks_the_datastore(&snapshot.action.parameters);
    let (snapshot, live) = (Arc::clone(snapshot), live.clone());
    render(context, scope, asks, move |names| {
        render_final(&ENVIRONMENT, schemas(&snapshot), &live, names).map_err(|error| error.to_string())
    })
    .await
}

/// Renders a mapping of an author's templates against `scope` (a rule's action parameters), keeping types.
pub async fn render_mapping(context: &Context, mapping: &Map, scope: &Scope) -> Result<Map, String> {
    let (asks, mapping) = (asks_the_datastore(mapping), mapping.clone());
    render(context, scope, asks, move |names| {
        let mut names = names.clone();
        names.insert_self("__context");
        squall_parameters::render_mapping(&ENVIRONMENT, &mapping, &names).map_err(|error| error.to_string())
    })
    .await
}

/// Returns the parameters with what is secret replaced by the mask.
pub fn masked_parameters(snapshot: &ActionSnapshot, parameters: &Map) -> Map {
    mask_parameters(&snapshot.parameters(), parameters)
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// What is configured does not render or can't be decrypted.
    #[error("{0}")]
    Invalid(String),
    /// It may be there when the store can answer again: no reason to fail what asks for it.
    #[error(transparent)]
    Store(#[from] squall_store::Error),
}

/// Returns the configuration of a pack as its actions see it: defaults filled in, templates rendered, secrets in clear.
pub async fn pack_config(context: &Context, pack: &str, user: &str) -> Result<Map, ConfigError> {
    use squall_jinja::Lookup as _;
    let store = &context.store;
    let values = store.configs.find(pack).await?;
    let values = values.map(|found| found.value.values).unwrap_or_default();
    let attributes = store.config_schemas.find(pack).await?;
    let attributes = attributes.map(|found| found.value.attributes).unwrap_or_default();
    let scope = Scope { user: user.to_owned(), ..Scope::default() };
    let asks = asks_the_datastore(&values);
    let lookup = lookup(context, &scope.user, Root::St2kv);
    render(context, &scope, asks, move |names| {
        let render = |text: &str| ENVIRONMENT.render(text, names).map_err(|error| error.to_string());
        let decrypt = |text: &str| lookup.decrypt(text).map(Value::String).map_err(|error| error.to_string());
        let found = Resolver { render: &render, decrypt: &decrypt }.resolved(&values, &attributes);
        found.map_err(|reason| format!("config of the pack: {reason}"))
    })
    .await
    .map_err(ConfigError::Invalid)
}

fn schemas(snapshot: &ActionSnapshot) -> Schemas<'_> {
    Schemas {
        runner: &snapshot.runner.runner_parameters,
        action: &snapshot.action.parameters,
        title: &snapshot.action.name,
        description: snapshot.action.description.as_deref(),
    }
}

fn lookup(context: &Context, user: &str, root: Root) -> KeyLookup {
    KeyLookup { context: context.clone(), user: user.to_owned(), root }
}

/// Renders with the names of the scope.
async fn render<T: Send + 'static, E: From<String> + Send + 'static>(
    context: &Context,
    scope: &Scope,
    asks_the_datastore: bool,
    work: impl FnOnce(&Names) -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let mut names = Names::new();
    for (name, value) in &scope.extra {
        names.insert(name.clone(), value);
    }
    names.insert("action_context", &Value::Object(scope.action_context.clone()));
    names.insert("config_context", &Value::Object(scope.config_context.clone()));
    names.insert_lookup("st2kv", Arc::new(lookup(context, &scope.user, Root::St2kv)));
    if !scope.extra.is_empty() {
        names.insert_lookup("system", Arc::new(lookup(context, &scope.user, Root::System)));
    }
    if !asks_the_datastore {
        return work(&names);
    }
    let rendering = tokio::task::spawn_blocking(move || work(&names));
    rendering.await.map_err(|error| E::from(format!("rendering ended: {error}")))?
}

/// Tells whether some template in the values may ask the datastore.
fn asks_the_datastore(values: &Map) -> bool {
    name_in_templates(values, "st2kv") || name_in_templates(values, "system")
}

/// Tells whether some template in the values may name this.
pub(crate) fn name_in_templates(values: &Map, name: &str) -> bool {
    values.values().any(|value| named_in(value, name))
}

fn named_in(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => (text.contains("{{") || text.contains("{%")) && text.contains(name),
        Value::Array(items) => items.iter().any(|item| named_in(item, name)),
        Value::Object(fields) => name_in_templates(fields, name),
        _ => false,
    }
}
