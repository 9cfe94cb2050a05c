//! JSON, YAML and JSONPath. Counterpart: st2common/expressions/functions/data.py.

use serde_json::{Map, Value};
use squall_yaml::DumpOptions;

use super::{Arguments, FilterError, arguments::type_error, jsonpath};
use crate::python::{self, JsonFormat};

type Answer = Result<Value, FilterError>;

/// What `use_none` writes for null, and what StackStorm's casts read as null.
pub const NONE_MAGIC: &str = "%*****__%NONE%__*****%";

const INDENT_LIMIT: u64 = 100;

pub(super) fn from_json_string(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("from_json_string", &["value"], 1, positional, keywords)?;
    let text = python::text(arguments.value(0));
    python::loads(&text).map_err(|message| FilterError::new("JSONDecodeError", message))
}

pub(super) fn from_yaml_string(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("from_yaml_string", &["value"], 1, positional, keywords)?;
    let text = python::text(arguments.value(0));
    squall_yaml::parse(&text).map_err(|error| FilterError::new("YAMLError", error.to_string()))
}

pub(super) const TO_JSON: &[&str] = &["value", "indent", "sort_keys", "separators"];

pub(super) fn to_json_string(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("to_json_string", TO_JSON, 1, positional, keywords)?;
    let mut format = JsonFormat { item_separator: ",".to_owned(), ..JsonFormat::default() };
    format.indent = indent(arguments.given(1))?;
    format.sort_keys = arguments.flag(2);
    match arguments.given(3) {
        None => {}
        // Python's own defaults: without white space at line ends.
        Some(Value::Null) if format.indent.is_some() => {}
        Some(Value::Null) => format.item_separator = ", ".to_owned(),
        Some(Value::Array(separators)) => {
            let [Value::String(item), Value::String(key)] = separators.as_slice() else {
                return Err(type_error("separators must be two strings"));
            };
            (format.item_separator, format.key_separator) = (item.clone(), key.clone());
        }
        Some(_) => return Err(type_error("separators must be two strings")),
    }
    Ok(Value::String(python::dumps(arguments.value(0), &format)))
}

pub(super) const TO_YAML: &[&str] = &["value", "indent", "allow_unicode"];

pub(super) fn to_yaml_string(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("to_yaml_string", TO_YAML, 1, positional, keywords)?;
    let mut options = DumpOptions::default();
    options.indent = indent(arguments.given(1))?.unwrap_or(options.indent);
    options.allow_unicode = arguments.given(2).is_none_or(|_| arguments.flag(2));
    Ok(Value::String(squall_yaml::to_string_with(arguments.value(0), &options)))
}

fn indent(given: Option<&Value>) -> Result<Option<usize>, FilterError> {
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(columns) if columns <= INDENT_LIMIT => Ok(Some(columns as usize)),
            _ => Err(FilterError::new("ValueError", format!("indent must be a number of 0 to {INDENT_LIMIT}"))),
        },
    }
}

pub(super) fn json_escape(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("json_escape", &["value"], 1, positional, keywords)?;
    let text = python::dumps(arguments.value(0), &JsonFormat::default());
    Ok(Value::String(text.trim_matches('"').to_owned()))
}

pub(super) fn to_complex(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("to_complex", &["value"], 1, positional, keywords)?;
    Ok(Value::String(python::dumps(arguments.value(0), &JsonFormat::default())))
}

pub(super) fn use_none(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("use_none", &["value"], 1, positional, keywords)?;
    Ok(match arguments.value(0) {
        Value::Null => Value::String(NONE_MAGIC.to_owned()),
        value => value.clone(),
    })
}

pub(super) fn jsonpath_query(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("jsonpath_query", &["value", "query"], 2, positional, keywords)?;
    let matches = jsonpath::query(arguments.value(0), arguments.text(1)?)?;
    Ok(if matches.is_empty() { Value::Null } else { Value::Array(matches) })
}
