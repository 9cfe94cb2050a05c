//! `with: {items: x, y in <% list %>, concurrency: n}`: one action per item of a list.

use serde_json::{Map, Value};

use super::Property;
use crate::options::Options;

#[derive(Debug)]
pub struct ItemsSpec {
    /// `items` as written, names and all.
    pub written: Value,
    /// The names that the parts of an item go by, if any are given.
    pub names: Option<Vec<String>>,
    /// The expression that answers the list.
    pub list: Property,
    pub concurrency: Option<Property>,
}

impl ItemsSpec {
    pub(super) fn new(raw: &Map<String, Value>, options: Options) -> Self {
        let written = raw.get("items").cloned().unwrap_or(Value::Null);
        let text = written.as_str().unwrap_or_default();
        let (names, list) = match text.split_once(" in ") {
            Some((names, list)) => (Some(names.replace(' ', "").split(',').map(str::to_owned).collect()), list.trim()),
            None => (None, text.trim()),
        };
        let concurrency = raw.get("concurrency").filter(|value| !value.is_null());
        Self {
            list: Property::new(Value::from(list), options),
            names,
            concurrency: concurrency.map(|value| Property::new(value.clone(), options)),
            written,
        }
    }

    /// What `item()` answers for one item of the list.
    pub fn item(&self, item: &Value) -> Value {
        let Some(names) = &self.names else { return item.clone() };
        match (item, names.as_slice()) {
            (Value::Array(parts), names) => Value::Object(names.iter().cloned().zip(parts.iter().cloned()).collect()),
            (_, [name]) => Value::Object(Map::from_iter([(name.clone(), item.clone())])),
            _ => item.clone(),
        }
    }
}
