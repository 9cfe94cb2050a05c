//! Shapes of request bodies, checked with the texts that StackStorm's schema library gives. Counterpart: st2common/openapi.yaml.
//!
//! Only what those shapes use is here: `type`, `required` (as a list), `properties`, `additionalProperties: false`, `items`, `enum`,
//! `minimum`, `maximum`. Schemas that users write are checked by `squall-service`.

use serde_json::Value;

use crate::errors::ApiError;

/// Checks a body against a schema; the first violation is the answer.
pub(crate) fn check(schema: &Value, value: &Value) -> Result<(), ApiError> {
    violation(schema, value).map_or(Ok(()), |text| Err(ApiError::Invalid(text)))
}

fn violation(schema: &Value, value: &Value) -> Option<String> {
    of_type(schema, value)
        .or_else(|| in_enum(schema, value))
        .or_else(|| outside_range(schema, value))
        .or_else(|| properties(schema, value))
        .or_else(|| items(schema, value))
}

fn of_type(schema: &Value, value: &Value) -> Option<String> {
    let allowed: Vec<&str> = match schema.get("type")? {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    if allowed.iter().any(|name| is_of_type(name, value)) {
        return None;
    }
    let names: Vec<String> = allowed.iter().map(|name| format!("'{name}'")).collect();
    Some(format!("{} is not of type {}", python(value), names.join(", ")))
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn in_enum(schema: &Value, value: &Value) -> Option<String> {
    let allowed = schema.get("enum")?;
    if allowed.as_array()?.contains(value) {
        return None;
    }
    Some(format!("{} is not one of {}", python(value), python(allowed)))
}

fn outside_range(schema: &Value, value: &Value) -> Option<String> {
    let given = value.as_i64()?;
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    match (bound("minimum"), bound("maximum")) {
        (Some(minimum), _) if given < minimum => Some(format!("{given} is less than the minimum of {minimum}")),
        (_, Some(maximum)) if given > maximum => Some(format!("{given} is greater than the maximum of {maximum}")),
        _ => None,
    }
}

fn properties(schema: &Value, value: &Value) -> Option<String> {
    let fields = value.as_object()?;
    let known = schema.get("properties").and_then(Value::as_object);
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let unexpected = fields.keys().find(|name| !known.is_some_and(|known| known.contains_key(*name)));
        if let Some(name) = unexpected {
            return Some(format!("Additional properties are not allowed ({} was unexpected)", python_text(name)));
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for name in required {
        if !fields.contains_key(name) {
            return Some(format!("{} is a required property", python_text(name)));
        }
    }
    known?.iter().find_map(|(name, schema)| fields.get(name).and_then(|value| violation(schema, value)))
}

fn items(schema: &Value, value: &Value) -> Option<String> {
    let element = schema.get("items")?;
    value.as_array()?.iter().find_map(|item| violation(element, item))
}

/// Returns the value as Python prints it.
pub(crate) fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => python_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{}: {}", python_text(name), python(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

fn python_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut printed = String::with_capacity(text.len() + 2);
    printed.push(quote);
    for character in text.chars() {
        match character {
            '\\' => printed.push_str("\\\\"),
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            other if other == quote => {
                printed.push('\\');
                printed.push(other);
            }
            other => printed.push(other),
        }
    }
    printed.push(quote);
    printed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn speaks_like_the_original() {
        let schema = json!({
            "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": {
                "name": {"type": "string"}, "ttl": {"type": ["integer", "null"], "minimum": 1},
                "kind": {"enum": ["a", "b"]}, "list": {"type": "array", "items": {"type": "object"}},
            },
        });
        let cases = [
            (json!({"name": "x", "ttl": null}), ""),
            (json!([1, "a"]), "[1, 'a'] is not of type 'object'"),
            (json!({}), "'name' is a required property"),
            (json!({"name": "x", "more": 1}), "Additional properties are not allowed ('more' was unexpected)"),
            (json!({"name": "x", "ttl": 0}), "0 is less than the minimum of 1"),
            (json!({"name": "x", "ttl": "60"}), "'60' is not of type 'integer', 'null'"),
            (json!({"name": "x", "kind": "it's"}), "\"it's\" is not one of ['a', 'b']"),
            (json!({"name": "x", "list": [{}, {"k": true}, null]}), "None is not of type 'object'"),
        ];
        for (value, expected) in cases {
            assert_eq!(violation(&schema, &value).unwrap_or_default(), expected, "{value}");
        }
    }
}
