//! Reads runner parameters. An absent one and a null one are the same: the metadata holds the default.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use squall_model::Map;

pub(crate) fn text<'a>(parameters: &'a Map, name: &str) -> Option<&'a str> {
    parameters.get(name).and_then(Value::as_str)
}

pub(crate) fn flag(parameters: &Map, name: &str) -> Option<bool> {
    parameters.get(name).and_then(Value::as_bool)
}

/// A time limit in seconds as the author wrote it, for the message, and as it is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TimeLimit {
    pub(crate) seconds: u64,
}

impl TimeLimit {
    pub(crate) fn of(parameters: &Map, default: u64) -> Self {
        Self { seconds: parameters.get("timeout").and_then(Value::as_u64).unwrap_or(default) }
    }

    /// Zero means no limit.
    pub(crate) fn duration(self) -> Option<Duration> {
        (self.seconds > 0).then(|| Duration::from_secs(self.seconds))
    }

    pub(crate) fn message(self) -> String {
        format!("Action failed to complete in {} seconds", self.seconds)
    }
}

/// Returns the `env` parameter; a value that is not text is refused as StackStorm refuses it.
pub(crate) fn environment(parameters: &Map) -> Result<BTreeMap<String, String>, String> {
    let Some(Value::Object(entries)) = parameters.get("env") else { return Ok(BTreeMap::new()) };
    entries
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name.clone(), text.clone())),
            other => Err(format!("expected str, bytes or os.PathLike object, not {}", python_type(other))),
        })
        .collect()
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
