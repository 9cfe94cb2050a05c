//! Hides secrets. Counterpart: st2common/util/secrets.py.

use serde_json::{Map, Value};

use crate::schema::{item_schema, property_schema};

/// What stands in place of a secret.
pub const MASK: &str = "********";

/// Returns parameters with what their schemas call secret masked, and with it what is made of a secret by default. Beside secrets a
/// parameter that no schema knows is masked, too: a misspelt one, or what a workflow of a Mistral workbook hands to another.
pub fn mask_parameters(schemas: &Map<String, Value>, parameters: &Map<String, Value>) -> Map<String, Value> {
    let made_of_secrets = made_of_secrets(schemas);
    let has_secrets = schemas.values().any(mentions_secret);
    let mask = |(name, value): (&String, &Value)| {
        let masked = match schemas.get(name) {
            _ if made_of_secrets.contains(&name.as_str()) => Value::String(MASK.to_owned()),
            Some(schema) => mask_value(schema, value),
            None if has_secrets && !value.is_null() => Value::String(MASK.to_owned()),
            None => value.clone(),
        };
        (name.clone(), masked)
    };
    parameters.iter().map(mask).collect()
}

/// Tells whether a schema, or one inside it, is that of a secret.
pub fn mentions_secret(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            fields.get("secret") == Some(&Value::Bool(true)) || fields.values().any(mentions_secret)
        }
        Value::Array(items) => items.iter().any(mentions_secret),
        _ => false,
    }
}

/// Returns the parameters whose default is a template that names a secret one, directly or by way of another.
fn made_of_secrets(schemas: &Map<String, Value>) -> Vec<&str> {
    let is_secret = |schema: &Value| schema.get("secret") == Some(&Value::Bool(true));
    let mut secrets: Vec<&str> =
        schemas.iter().filter(|(_, schema)| is_secret(schema)).map(|(name, _)| name.as_str()).collect();
    let mut found = Vec::new();
    let mut looked_for = 0;
    while let Some(secret) = secrets.get(looked_for).copied() {
        looked_for += 1;
        for (name, schema) in schemas {
            let is_known = secrets.contains(&name.as_str());
            if !is_known && schema.get("default").is_some_and(|default| names_in_template(default, secret)) {
                found.push(name.as_str());
                secrets.push(name.as_str());
            }
        }
    }
    found
}

fn names_in_template(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => expressions(text).any(|expression| has_word(expression, name)),
        Value::Array(items) => items.iter().any(|item| names_in_template(item, name)),
        Value::Object(fields) => fields.values().any(|field| names_in_template(field, name)),
        _ => false,
    }
}

/// Returns what stands between the braces of a template.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    [("{{", "}}"), ("{%", "%}")].into_iter().flat_map(move |(open, close)| {
        text.split(open).skip(1).map(move |rest| rest.split_once(close).map_or(rest, |(inside, _)| inside))
    })
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// Returns a value with what its schema calls secret masked, however deep it lies.
pub fn mask_value(schema: &Value, value: &Value) -> Value {
    if schema.get("secret").and_then(Value::as_bool).unwrap_or(false) {
        return Value::String(MASK.to_owned());
    }
    match value {
        Value::Object(pairs) => {
            let mask = |(name, value): (&String, &Value)| {
                let masked =
                    property_schema(schema, name).map_or_else(|| value.clone(), |schema| mask_value(schema, value));
                (name.clone(), masked)
            };
            pairs.iter().map(mask).collect()
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
