//! Hides secrets. Counterpart: st2common/util/secrets.py.

use serde_json::{Map, Value};

/// What stands in place of a secret.
pub const MASK: &str = "********";

/// Returns parameters with what their schemas call secret masked.
pub fn mask_parameters(schemas: &Map<String, Value>, parameters: &Map<String, Value>) -> Map<String, Value> {
    let mask = |(name, value): (&String, &Value)| {
        let masked = schemas.get(name).map_or_else(|| value.clone(), |schema| mask_value(schema, value));
        (name.clone(), masked)
    };
    parameters.iter().map(mask).collect()
}

/// Returns a value with what its schema calls secret masked, however deep it lies.
pub fn mask_value(schema: &Value, value: &Value) -> Value {
    if schema.get("secret").and_then(Value::as_bool).unwrap_or(false) {
        return Value::String(MASK.to_owned());
    }
    match value {
        Value::Object(pairs) => {
            pairs.iter().map(|(name, value)| (name.clone(), mask_pair(schema, name, value))).collect()
        }
        Value::Array(items) => {
            let mask = |(index, item): (usize, &Value)| {
                item_schema(schema, index).map_or_else(|| item.clone(), |schema| mask_value(schema, item))
            };
            items.iter().enumerate().map(mask).collect()
        }
        other => other.clone(),
    }
}

fn mask_pair(schema: &Value, name: &str, value: &Value) -> Value {
    if let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) {
        return mask_value(property, value);
    }
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    for (pattern, property) in patterns.into_iter().flatten() {
        let regex = squall_jinja::filters::Regex::new(pattern, false);
        // A pattern that can't be used hides rather than shows.
        if regex.and_then(|regex| regex.find(name)).map_or(true, |found| found.is_some()) {
            return mask_value(property, value);
        }
    }
    match schema.get("additionalProperties") {
        Some(additional @ Value::Object(_)) => mask_value(additional, value),
        _ => value.clone(),
    }
}

fn item_schema(schema: &Value, index: usize) -> Option<&Value> {
    match schema.get("items")? {
        Value::Array(schemas) => {
            schemas.get(index).or_else(|| schema.get("additionalItems").filter(|additional| additional.is_object()))
        }
        single => Some(single),
    }
}
