//! Whether an execution may be requested with these parameters. Counterpart: st2common/services/action.py
//! (create_request), st2common/util/schema.

use serde_json::{Map, Value, json};
use squall_jinja::python;

use crate::{MASK, ParameterError, Schemas, mask_value, schema};

/// Returns the schema of an action's parameters: the runner's with what the action overrides, and nothing else.
pub fn merged_schema(schemas: Schemas<'_>) -> Value {
    let mut properties = schemas.runner.clone();
    for (name, own) in schemas.action {
        match (properties.get_mut(name), own) {
            (Some(Value::Object(merged)), Value::Object(own)) => {
                own.iter().for_each(|(attribute, value)| merge(merged, attribute, value));
            }
            _ => {
                properties.insert(name.clone(), own.clone());
            }
        }
    }
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    schema["title"] = json!(schemas.title);
    if let Some(description) = schemas.description {
        schema["description"] = json!(description);
    }
    schema
}

fn merge(into: &mut Map<String, Value>, name: &str, value: &Value) {
    match (into.get_mut(name), value) {
        (Some(Value::Object(old)), Value::Object(new)) => {
            new.iter().for_each(|(name, value)| merge(old, name, value));
        }
        _ => {
            into.insert(name.to_owned(), value.clone());
        }
    }
}

/// Returns the message, which quotes the value, unless the value is of a secret parameter.
fn without_secret(schemas: Schemas<'_>, violation: schema::Violation) -> String {
    let Some(name) = violation.path.first() else { return violation.message };
    let is_secret = [schemas.action, schemas.runner].iter().any(|parameters| {
        parameters.get(name).and_then(|schema| schema.get("secret")).and_then(Value::as_bool).unwrap_or(false)
    });
    if is_secret { format!("'{MASK}' does not fit the schema of the parameter '{name}'") } else { violation.message }
}

/// The explanation quotes whole objects, so there is none where some secret was given.
fn unfit(schemas: Schemas<'_>, schema: &Value, complete: &Value, violation: schema::Violation) -> ParameterError {
    let has_secrets = mask_value(schema, complete) != *complete;
    let explanation = violation.explanation();
    let message = without_secret(schemas, violation);
    ParameterError::Unfit { explanation: if has_secrets { message.clone() } else { explanation }, message }
}

/// Checks rendered parameters; what is missing is judged by its default.
pub fn check_request(schemas: Schemas<'_>, live: &Map<String, Value>) -> Result<(), ParameterError> {
    let schema = schema::allow_null_defaults(&merged_schema(schemas));
    let complete = schema::with_defaults(&Value::Object(live.clone()), &schema);
    if let Some(violation) = schema::validate(&schema, &complete).into_iter().next() {
        return Err(unfit(schemas, &schema, &complete, violation));
    }
    let is_immutable = |name: &String| {
        [schemas.runner, schemas.action].iter().any(|parameters| {
            parameters.get(name).and_then(|schema| schema.get("immutable")).and_then(Value::as_bool).unwrap_or(false)
        })
    };
    let overridden: Vec<Value> = live.keys().filter(|name| is_immutable(name)).cloned().map(Value::String).collect();
    if overridden.is_empty() {
        return Ok(());
    }
    Err(ParameterError::Immutable(python::repr(&Value::Array(overridden))))
}
