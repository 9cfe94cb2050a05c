//! Which schema a part of a value answers to.

use serde_json::Value;

/// Returns the schema of a property of an object: its own, else that of the first pattern it fits, else that of all others.
pub fn property_schema<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    if let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) {
        return Some(property);
    }
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    for (pattern, property) in patterns.into_iter().flatten() {
        let regex = squall_jinja::filters::Regex::new(pattern, false);
        // The schema may say that something is secret: a pattern that can't be used hides rather than shows.
        if regex.and_then(|regex| regex.find(name)).map_or(true, |found| found.is_some()) {
            return Some(property);
        }
    }
    schema.get("additionalProperties").filter(|additional| additional.is_object())
}

/// Returns the schema of an item of a list.
pub fn item_schema(schema: &Value, index: usize) -> Option<&Value> {
    match schema.get("items")? {
        Value::Array(schemas) => {
            schemas.get(index).or_else(|| schema.get("additionalItems").filter(|additional| additional.is_object()))
        }
        single => Some(single),
    }
}
