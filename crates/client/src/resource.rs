//! A resource as the API sends it: an open document, because clients show whatever a newer server adds.

use serde_json::{Map, Value};

use crate::output::attributes;

/// One resource of the API.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource(Map<String, Value>);

impl Resource {
    /// The resource in `value`; anything but an object is an empty resource.
    pub fn from_value(value: Value) -> Self {
        match value {
            Value::Object(map) => Self(map),
            _ => Self::default(),
        }
    }

    /// The attributes.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The document to send.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// The value of one attribute.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The text at a dotted path; empty when it is missing or no text.
    pub fn text(&self, path: &str) -> &str {
        attributes::lookup(&self.0, path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The id.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// Sets an attribute.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Removes an attribute.
    pub fn remove(&mut self, name: &str) {
        self.0.shift_remove(name);
    }

    /// Whether an attribute is there and is neither null, false, nor empty.
    pub fn has(&self, name: &str) -> bool {
        match self.0.get(name) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(map)) => !map.is_empty(),
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) => true,
        }
    }

    /// The names of the attributes.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}
