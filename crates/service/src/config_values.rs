//! The values of a pack's configuration as its actions see them. Counterpart: st2common/util/config_loader.py.

use serde_json::{Value, json};
use squall_model::Map;
use squall_parameters::schema::{item_schema, property_schema};

/// How values that are templates or secrets become plain.
pub(crate) struct Resolver<'a> {
    pub(crate) render: &'a dyn Fn(&str) -> Result<String, String>,
    pub(crate) decrypt: &'a dyn Fn(&str) -> Result<Value, String>,
}

impl Resolver<'_> {
    /// Renders templates and decrypts secrets, then fills in defaults, which are taken as they stand.
    pub(crate) fn resolved(&self, values: &Map, attributes: &Map) -> Result<Map, String> {
        let schema = json!({"properties": attributes});
        let mut section = self.section(values, &schema)?;
        fill(&mut section, &schema);
        Ok(section)
    }

    fn section(&self, values: &Map, schema: &Value) -> Result<Map, String> {
        let mut section = Map::new();
        for (name, value) in values {
            let attribute = property_schema(schema, name).unwrap_or(&Value::Null);
            let value = self.value(value, attribute).map_err(|reason| format!("`{name}`: {reason}"))?;
            section.insert(name.clone(), value);
        }
        Ok(section)
    }

    fn value(&self, value: &Value, schema: &Value) -> Result<Value, String> {
        match value {
            Value::String(text) if text.contains("{{") => {
                let rendered = (self.render)(text)?;
                if rendered.is_empty() {
                    return Ok(Value::Null);
                }
                let is_secret = schema.get("secret") == Some(&Value::Bool(true));
                if is_secret { (self.decrypt)(&rendered) } else { Ok(Value::String(rendered)) }
            }
            Value::Array(items) => {
                let item = |(index, item): (usize, &Value)| {
                    self.value(item, item_schema(schema, index).unwrap_or(&Value::Null))
                };
                items.iter().enumerate().map(item).collect()
            }
            Value::Object(fields) => self.section(fields, schema).map(Value::Object),
            other => Ok(other.clone()),
        }
    }
}

/// Adds the defaults of what is missing. An object that is missing comes to be for the sake of the defaults inside it.
fn fill(values: &mut Map, schema: &Value) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if values.contains_key(name) {
            continue;
        }
        if let Some(value) = property.get("default").cloned().or_else(|| empty(property)) {
            values.insert(name.clone(), value);
        }
    }
    for (name, value) in values.iter_mut() {
        if let Some(property) = property_schema(schema, name) {
            fill_value(value, property);
        }
    }
}

fn fill_value(value: &mut Value, schema: &Value) {
    let Some(empty) = empty(schema) else { return };
    if value.is_null() {
        *value = empty;
    }
    match value {
        Value::Object(fields) => fill(fields, schema),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                if let Some(schema) = item_schema(schema, index) {
                    fill_value(item, schema);
                }
            }
        }
        _ => {}
    }
}

/// Returns the empty value of what has parts of its own; none of anything else.
fn empty(schema: &Value) -> Option<Value> {
    let says = |keyword: &str| match schema.get(keyword) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Object(parts)) => !parts.is_empty(),
        Some(Value::Array(parts)) => !parts.is_empty(),
        Some(_) => true,
    };
    match schema.get("type").and_then(Value::as_str)? {
        "object" if ["properties", "patternProperties", "additionalProperties"].into_iter().any(says) => {
            Some(json!({}))
        }
        "array" if ["items", "additionalItems"].into_iter().any(says) => Some(json!([])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map {
        value.as_object().cloned().unwrap_or_default()
    }

    fn check(attributes: Value, values: Value, expected: Value) {
        let render = |text: &str| Ok(text.replace("{{ empty }}", "").replace("{{ word }}", "rendered"));
        let decrypt = |text: &str| Ok(json!(format!("decrypted {text}")));
        let found =
            Resolver { render: &render, decrypt: &decrypt }.resolved(&object(values.clone()), &object(attributes));
        assert_eq!(found.map(Value::Object), Ok(expected), "{values}");
    }

    /// The pack's action got no `server` at all, although its port has a default.
    #[test]
    fn defaults_inside_objects_that_are_missing_are_filled_in() {
        let port = json!({"type": "object", "properties": {"host": {"type": "string"}, "port": {"default": 443}}});
        check(json!({"server": port}), json!({}), json!({"server": {"port": 443}}));
        check(json!({"server": port}), json!({"server": null}), json!({"server": {"port": 443}}));
        check(json!({"server": port}), json!({"server": {"port": 1}}), json!({"server": {"port": 1}}));
        let outer = json!({"type": "object", "properties": {"server": port}});
        check(json!({"outer": outer}), json!({}), json!({"outer": {"server": {"port": 443}}}));
        let with_default = json!({"type": "object", "default": {"host": "h"}, "properties": port["properties"]});
        check(json!({"server": with_default}), json!({}), json!({"server": {"host": "h", "port": 443}}));
        check(json!({"plain": {"type": "object"}, "text": {"type": "string"}}), json!({}), json!({}));
    }

    #[test]
    fn lists_and_objects_of_free_names_are_filled_in_item_by_item() {
        let server = json!({"type": "object", "properties": {"port": {"default": 443}}});
        let list = json!({"type": "array", "items": server});
        check(json!({"servers": list}), json!({}), json!({"servers": []}));
        check(json!({"servers": list}), json!({"servers": [{}]}), json!({"servers": [{"port": 443}]}));
        let named = json!({"type": "object", "additionalProperties": server});
        check(json!({"servers": named}), json!({"servers": {"a": {}}}), json!({"servers": {"a": {"port": 443}}}));
        let by_pattern = json!({"type": "object", "patternProperties": {"^a": server}});
        let values = json!({"servers": {"a1": {}, "b1": {}}});
        check(json!({"servers": by_pattern}), values, json!({"servers": {"a1": {"port": 443}, "b1": {}}}));
    }

    #[test]
    fn templates_are_rendered_and_secrets_decrypted_but_not_in_defaults() {
        let attributes = json!({
            "default": {"default": "{{ word }}"},
            "keys": {"type": "object", "additionalProperties": {"secret": true}},
        });
        let values = json!({"text": "{{ word }}", "nothing": "{{ empty }}", "keys": {"a": "{{ word }}"}});
        let expected = json!({
            "text": "rendered", "nothing": null, "keys": {"a": "decrypted rendered"}, "default": "{{ word }}",
        });
        check(attributes, values, expected);
    }
}
