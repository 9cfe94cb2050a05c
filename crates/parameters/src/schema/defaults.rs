//! Fills in defaults and lets null stand where nothing is required. Counterpart: st2common/util/schema (validate).

use serde_json::{Map, Value, json};

fn has_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(single)) => single == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// Returns a value in which missing properties have their defaults, also in objects and lists inside.
pub fn with_defaults(value: &Value, schema: &Value) -> Value {
    match value {
        Value::Object(pairs) if has_type(schema, "object") => Value::Object(object_with_defaults(pairs, schema)),
        Value::Array(items) if has_type(schema, "array") => {
            let fill = |(index, item): (usize, &Value)| match schema.get("items") {
                Some(Value::Array(schemas)) => {
                    schemas.get(index).map_or_else(|| item.clone(), |one| or_default(item, one))
                }
                Some(single) => or_default(item, single),
                None => item.clone(),
            };
            items.iter().enumerate().map(fill).collect()
        }
        other => other.clone(),
    }
}

fn or_default(value: &Value, schema: &Value) -> Value {
    let value = if value.is_null() { schema.get("default").unwrap_or(value) } else { value };
    with_defaults(value, schema)
}

fn object_with_defaults(pairs: &Map<String, Value>, schema: &Value) -> Map<String, Value> {
    let mut filled = pairs.clone();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let given = filled.get(name).filter(|value| !value.is_null());
        if let Some(value) = given.or_else(|| property.get("default")) {
            let value = with_defaults(value, property);
            filled.insert(name.clone(), value);
        }
    }
    filled
}

/// Returns a schema whose properties may be null where they are not required or null is their default.
pub fn allow_null_defaults(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return schema };
    for property in properties.values_mut() {
        let is_required = property.get("required").and_then(Value::as_bool).unwrap_or(false);
        let default_is_null = property.get("default").is_none_or(Value::is_null);
        let has_default = property.get("default").is_some();
        let (is_array, is_object) = (has_type(property, "array"), has_type(property, "object"));
        if let Some(items) = property.get("items").filter(|items| is_array && items.get("properties").is_some()) {
            property["items"] = allow_null_defaults(items);
        }
        if is_object && property.get("properties").is_some() {
            *property = allow_null_defaults(property);
        }
        if (has_default || !is_required) && default_is_null {
            allow_null(property);
        }
    }
    schema
}

fn allow_null(property: &mut Value) {
    let Some(keywords) = property.as_object_mut() else { return };
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(schemas)) = keywords.get_mut(keyword) {
            schemas.push(json!({"type": "null"}));
            return;
        }
    }
    let allowed = match keywords.get("type") {
        Some(Value::Array(several)) if several.iter().any(|one| one == "null") => return,
        Some(Value::Array(several)) => several.iter().cloned().chain([json!("null")]).collect(),
        Some(Value::String(single)) if single == "null" => return,
        Some(single) => json!([single, "null"]),
        None => json!(["string", "null"]),
    };
    keywords.insert("type".to_owned(), allowed);
}
