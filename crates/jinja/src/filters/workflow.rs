//! Orquesta's functions of data alone. Counterpart: orquesta/expressions/functions/common.py.

use serde_json::{Map, Value};

use super::{
    Arguments, FilterError,
    arguments::{python_type, type_error},
};
use crate::python;

pub(super) fn json(positional: &[Value], keywords: &Map<String, Value>) -> Result<Value, FilterError> {
    let arguments = Arguments::bind("json_", &["s"], 1, positional, keywords)?;
    match arguments.value(0) {
        Value::String(text) => python::loads(text).map_err(|message| FilterError::new("JSONDecodeError", message)),
        value @ Value::Object(_) => Ok(value.clone()),
        _ => Err(type_error("Given object is not typeof string.")),
    }
}

/// Pairs up lists; shorter ones are filled up with `pad`.
pub(super) fn zip(lists: &[Value], keywords: &Map<String, Value>) -> Result<Value, FilterError> {
    if let Some(unknown) = keywords.keys().find(|name| *name != "pad") {
        return Err(type_error(format!("zip_() got an unexpected keyword argument '{unknown}'")));
    }
    let pad = keywords.get("pad").unwrap_or(&Value::Null);
    match lists {
        [Value::Null] => return Ok(Value::Array(Vec::new())),
        [only] => return Ok(only.clone()),
        _ => {}
    }
    let mut columns = Vec::with_capacity(lists.len());
    for list in lists {
        columns.push(match list {
            Value::Null => Vec::new(),
            Value::Array(items) => items.clone(),
            Value::String(text) => text.chars().map(|character| character.to_string().into()).collect(),
            Value::Object(pairs) => pairs.keys().map(|key| Value::String(key.clone())).collect(),
            other => return Err(type_error(format!("'{}' object is not iterable", python_type(other)))),
        });
    }
    let rows = columns.iter().map(Vec::len).max().unwrap_or_default();
    let row = |index: usize| columns.iter().map(|column| column.get(index).unwrap_or(pad).clone()).collect();
    Ok((0..rows).map(row).collect::<Vec<Value>>().into())
}
