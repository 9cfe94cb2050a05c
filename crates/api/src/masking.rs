//! Masking of what a schema calls secret. Counterpart: st2common/util/secrets.py.

use serde_json::{Map, Value};
use squall_model::{ActionSnapshot, Execution, MASK};
use squall_parameters::mentions_secret;
use squall_service::{inquiries, rendering};

/// Returns the parameters of an execution with its secrets masked.
pub(crate) fn parameters(execution: &Execution) -> Map<String, Value> {
    rendering::masked_parameters(&execution.snapshot, &execution.parameters)
}

/// Returns the rule of an execution with the secrets masked that it hands to the action.
pub(crate) fn rule(execution: &Execution) -> Option<Value> {
    let mut rule = execution.rule.clone()?;
    if let Some(Value::Object(parameters)) = rule.pointer_mut("/action/parameters") {
        *parameters = rendering::masked_parameters(&execution.snapshot, parameters);
    }
    Some(rule)
}

/// Returns the values with those masked that the schemas beside them call secret.
pub(crate) fn by_schemas(schemas: &Map<String, Value>, values: &Map<String, Value>) -> Map<String, Value> {
    let masked = |(name, value): (&String, &Value)| {
        let value = schemas.get(name).map_or_else(|| value.clone(), |schema| by_schema(schema, value));
        (name.clone(), value)
    };
    values.iter().map(masked).collect()
}

/// Tells whether an action's output has something to mask, so that other results need not be parsed.
pub(crate) fn has_secret_output(snapshot: &ActionSnapshot) -> bool {
    is_inquiry(snapshot)
        || snapshot.action.output_schema.values().any(mentions_secret)
        || snapshot.action.output_schema.get("secret") == Some(&Value::Bool(true))
}

fn is_inquiry(snapshot: &ActionSnapshot) -> bool {
    snapshot.runner.name == inquiries::RUNNER
}

/// Masks what the action's output schema calls secret, below the key of the result where its runner puts the output; of an answer what
/// the schema of its inquiry calls secret.
pub(crate) fn result(snapshot: &ActionSnapshot, mut result: Value) -> Value {
    if is_inquiry(snapshot) {
        let schema = result.get("schema").cloned().unwrap_or_default();
        if let Some(response) = result.get_mut("response") {
            *response = by_schema(&schema, response);
        }
        return result;
    }
    let (Some(key), Value::Object(mut fields)) = (&snapshot.runner.output_key, result.clone()) else { return result };
    let schema = Value::Object(full_schema(&snapshot.action.output_schema));
    if let Some(output) = fields.get_mut(key) {
        *output = by_schema(&schema, output);
    }
    Value::Object(fields)
}

/// An output schema without `type` is the old form: only the properties of an object.
fn full_schema(schema: &Map<String, Value>) -> Map<String, Value> {
    if schema.get("type").is_some_and(Value::is_string) {
        return schema.clone();
    }
    Map::from_iter([
        ("type".to_owned(), Value::String("object".to_owned())),
        ("properties".to_owned(), Value::Object(schema.clone())),
    ])
}

/// Masks a value, or what is secret inside it.
pub(crate) fn by_schema(schema: &Value, value: &Value) -> Value {
    if schema.get("secret") == Some(&Value::Bool(true)) && !value.is_null() {
        return Value::String(MASK.to_owned());
    }
    match value {
        Value::Object(fields) => {
            let masked = |(name, value): (&String, &Value)| {
                let schema = schema_of_property(schema, name);
                (name.clone(), schema.map_or_else(|| value.clone(), |schema| by_schema(schema, value)))
            };
            Value::Object(fields.iter().map(masked).collect())
        }
        Value::Array(items) => {
            let masked = |(index, value): (usize, &Value)| {
                let schema = schema_of_item(schema, index);
                schema.map_or_else(|| value.clone(), |schema| by_schema(schema, value))
            };
            Value::Array(items.iter().enumerate().map(masked).collect())
        }
        other => other.clone(),
    }
}

fn schema_of_property<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let named = schema.get("properties").and_then(|known| known.get(name));
    named.or_else(|| schema.get("additionalProperties").filter(|schema| schema.is_object()))
}

fn schema_of_item(schema: &Value, index: usize) -> Option<&Value> {
    match schema.get("items") {
        Some(Value::Array(each)) => each.get(index).or_else(|| schema.get("additionalItems")),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn masks_whole_secrets_and_secret_parts() {
        let schema = json!({"properties": {
            "password": {"secret": true}, "who": {"type": "string"},
            "hosts": {"items": {"properties": {"key": {"secret": true}}}},
            "extra": {"additionalProperties": {"secret": true}},
        }});
        let value =
            json!({"password": [1], "who": "me", "hosts": [{"key": "k", "ip": "i"}], "extra": {"a": 1}, "other": 2});
        let expected = json!({"password": MASK, "who": "me", "hosts": [{"key": MASK, "ip": "i"}], "extra": {"a": MASK}, "other": 2});
        assert_eq!(by_schema(&schema, &value), expected);
        assert_eq!(by_schema(&json!({"secret": true}), &Value::Null), Value::Null);
    }
}
