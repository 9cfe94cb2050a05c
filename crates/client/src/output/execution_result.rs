//! The details of an execution as `name: value` lines (`ExecutionResult` of the original).

use serde_json::{Map, Value};

use super::{OutputSettings, Transforms, attributes, python, text, transform, yaml};
use crate::resource::Resource;

const NESTED: yaml::Layout = yaml::Layout { indent: 2, width: usize::MAX, unicode: false };

/// What is said about the schema of an execution's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SchemaHint {
    /// Nothing at all.
    Silent,
    /// That there is none, with the flag that suggests one.
    Mention,
    /// The schema that the result suggests.
    Suggest,
}

/// The lines, without a trailing line feed.
pub(crate) fn render(
    entry: &Resource,
    names: &[String],
    transforms: Transforms,
    hint: SchemaHint,
    settings: &OutputSettings,
) -> String {
    let mut lines = Vec::new();
    for name in names {
        let value = attributes::lookup(entry.as_map(), name).cloned().unwrap_or(Value::Null);
        let value = transform::apply(transforms, name, repaired(value), settings);
        lines.push(format!("{}: {}", settings.palette.name(name), value_text(&value)));
    }
    let mut output = lines.join("\n");
    let has_schema = attributes::lookup(entry.as_map(), "action.output_schema").is_some_and(is_truthy);
    if !has_schema {
        output.push_str(&schema_hint(entry, hint));
    }
    text::unescape(&output)
}

/// The value of one key of the result, as `--key` shows it.
pub(crate) fn render_key(entry: &Resource, key: &str) -> String {
    let value = entry.get("result").and_then(|result| attributes::lookup_indexed(result, key));
    text::unescape(&python::text(value.unwrap_or(&Value::Null)))
}

fn repaired(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text::displayable(&text).into_owned()),
        other => other,
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "\n{}".to_owned(),
        Value::Array(items) if items.is_empty() => "\n  []".to_owned(),
        Value::Object(_) => format!("\n{}", indented(value)),
        Value::Array(_) => {
            let lines: Vec<String> = yaml_lines(value).split('\n').map(|line| format!("  {line}")).collect();
            format!("\n{}", lines.join("\n")).replace("\n\n", "\n")
        }
        other => python::text(other),
    }
}

fn indented(value: &Value) -> String {
    let mut document = Map::new();
    document.insert("x".to_owned(), value.clone());
    let dumped = yaml::dump(&Value::Object(document), NESTED);
    let body = dumped.strip_prefix("x:\n").unwrap_or(&dumped);
    body.trim_end_matches('\n').replace("\n\n", "\n")
}

fn yaml_lines(value: &Value) -> String {
    yaml::dump(value, NESTED).trim_end_matches('\n').to_owned()
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

fn schema_hint(entry: &Resource, hint: SchemaHint) -> String {
    match hint {
        SchemaHint::Silent => String::new(),
        SchemaHint::Mention => "\n\n** This action does not have an output_schema. \
                                Run again with --with-schema to see a suggested schema."
            .to_owned(),
        SchemaHint::Suggest => {
            let mut document = Map::new();
            document.insert("output_schema".to_owned(), suggested_schema(entry.get("result")));
            let schema = yaml::dump(&Value::Object(document), yaml::Layout { width: 80, ..NESTED });
            let text = format!("Based on the action output the following inferred schema was built:\n\n{schema}");
            format!("\n{}", bordered(&text))
        }
    }
}

/// A schema that fits the result.
fn suggested_schema(result: Option<&Value>) -> Value {
    let Some(Value::Object(result)) = result else { return Value::Object(Map::new()) };
    let mut schema = Map::new();
    for (key, value) in result {
        let mut entry = Map::new();
        entry.insert("type".to_owned(), Value::String(type_name(value).to_owned()));
        if value.is_object() {
            entry.insert("parameters".to_owned(), suggested_schema(Some(value)));
        }
        schema.insert(key.clone(), Value::Object(entry));
    }
    Value::Object(schema)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn bordered(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0) + 2;
    let rule = format!("+{}+", "-".repeat(width));
    let mut output = format!("\n{rule}");
    for line in lines {
        output.push_str(&format!("\n| {line:<fill$} |", fill = width - 2));
    }
    output + "\n" + &rule
}
