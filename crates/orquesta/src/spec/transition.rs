//! One entry of a task's `next`: when to go, what to publish, where to go.

use serde_json::{Map, Value};

use super::Property;
use super::inline_parameters::parse_inline_parameters;
use super::property::named_list;
use super::task::property_of;
use crate::options::Options;

#[derive(Debug)]
pub struct TransitionSpec {
    pub when: Option<Property>,
    /// `publish` with the inline form written out as a list.
    pub publish_raw: Value,
    pub publish: Vec<(String, Property)>,
    /// `do` as written; `continue` when it is left out.
    pub do_raw: Value,
    pub targets: Vec<String>,
}

impl TransitionSpec {
    pub(super) fn new(raw: &Map<String, Value>, options: Options) -> Self {
        let publish_raw = match raw.get("publish") {
            Some(Value::String(text)) if !text.is_empty() => {
                parse_inline_parameters(text).into_iter().map(|pair| Value::Object(Map::from_iter([pair]))).collect()
            }
            other => other.cloned().unwrap_or(Value::Null),
        };
        let do_raw = match raw.get("do") {
            None | Some(Value::Null) => Value::from("continue"),
            Some(Value::String(text)) if text.is_empty() => Value::from("continue"),
            Some(Value::Array(names)) if names.is_empty() => Value::from("continue"),
            Some(given) => given.clone(),
        };
        Self {
            when: property_of(raw, "when", options).filter(|when| when.raw != ""),
            publish: named_list(&publish_raw, options),
            targets: targets_of(&do_raw),
            publish_raw,
            do_raw,
        }
    }
}

fn targets_of(targets: &Value) -> Vec<String> {
    match targets {
        Value::String(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
