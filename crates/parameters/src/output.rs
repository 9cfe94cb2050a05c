//! Results against the output schemas of runner and action. Counterpart: st2common/util/output_schema.py.

use serde_json::{Map, Value, json};

use crate::{mask::mask_value, schema};

/// Returns a schema in the form of today: one without `type` lists properties.
fn modern(schema: &Value) -> Value {
    if schema.get("type").is_some_and(|kind| kind.is_string() || kind.is_array()) {
        return schema.clone();
    }
    json!({"type": "object", "properties": schema, "additionalProperties": true})
}

/// Returns a result in which the secrets of the action's output are masked.
pub fn mask_output(action_schema: &Value, output_key: Option<&str>, result: &Value) -> Value {
    let has_schema = action_schema.as_object().is_some_and(|schema| !schema.is_empty());
    let (Some(key), true) = (output_key, has_schema) else { return result.clone() };
    let mut masked = result.clone();
    if let Some(output) = masked.get_mut(key) {
        *output = mask_value(&modern(action_schema), output);
    }
    masked
}

/// Checks the whole result against the runner's schema and its output against the action's.
pub fn validate_output(
    runner_schema: &Map<String, Value>,
    action_schema: &Value,
    output_key: Option<&str>,
    result: &Value,
) -> Result<(), String> {
    if !runner_schema.is_empty() {
        check(&modern(&Value::Object(runner_schema.clone())), result)?;
    }
    let has_schema = action_schema.as_object().is_some_and(|schema| !schema.is_empty());
    match output_key.and_then(|key| result.get(key)) {
        Some(output) if has_schema => check(&modern(action_schema), output),
        _ => Ok(()),
    }
}

fn check(schema: &Value, value: &Value) -> Result<(), String> {
    let Some(violation) = schema::validate(schema, value).into_iter().next() else { return Ok(()) };
    // The explanation quotes the value, which others see who may not see the result.
    let has_secrets = mask_value(schema, value) != *value;
    Err(if has_secrets { "The result does not fit the output schema.".to_owned() } else { violation.explanation() })
}
