//! What an action's metadata must look like. Counterparts: st2common/models/api/action.py, st2common/validators/api/action.py.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use squall_model::{Action, RunnerType};

use crate::errors::ApiError;
use crate::validation::python;

pub(super) static ACTION: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "required": ["name", "runner_type"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": ["string", "null"]},
            "uid": {"type": "string"},
            "ref": {"type": "string"},
            "metadata_file": {"type": "string"},
            "name": {"type": "string"},
            "description": {"type": "string"},
            "enabled": {"type": "boolean"},
            "runner_type": {"type": "string"},
            "entry_point": {"type": "string"},
            "pack": {"type": "string"},
            "parameters": {"type": "object"},
            "output_schema": {"type": "object"},
            "tags": {"type": "array", "items": {"type": "object"}},
            "notify": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "on-complete": {"type": ["object", "null"]},
                    "on-success": {"type": ["object", "null"]},
                    "on-failure": {"type": ["object", "null"]},
                },
            },
            "data_files": {"type": "array", "items": {
                "type": "object",
                "required": ["file_path", "content"],
                "additionalProperties": false,
                "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}},
            }},
        },
    })
});

pub(super) static DELETE_OPTIONS: LazyLock<Value> =
    LazyLock::new(|| json!({"type": "object", "properties": {"remove_files": {"type": "boolean"}}}));

/// What a parameter may say: JSON Schema (draft 4) and StackStorm's additions.
const KEYWORDS: [&str; 32] = [
    "id",
    "$schema",
    "title",
    "description",
    "default",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "additionalItems",
    "items",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "additionalProperties",
    "definitions",
    "properties",
    "patternProperties",
    "dependencies",
    "enum",
    "type",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
];
const ADDITIONS: [&str; 4] = ["position", "secret", "immutable", "format"];
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// What an action may change of its runner's parameters.
const OVERRIDABLE: [&str; 5] = ["default", "description", "enum", "immutable", "required"];

pub(super) fn check_parameters(action: &Action, runner: &RunnerType) -> Result<(), ApiError> {
    let mut positions: BTreeMap<u64, &str> = BTreeMap::new();
    for (name, schema) in &action.parameters {
        if name.is_empty() || !name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
            return refuse(format!("'{name}' does not match any of the regexes: '^\\\\w+$'"));
        }
        let Value::Object(schema) = schema else {
            return refuse(format!("{} is not of type 'object'", python(schema)));
        };
        check_keywords(schema)?;
        check_nested(schema)?;
        if schema.get("immutable") == Some(&Value::Bool(true)) && !has_default(schema, runner, name) {
            return refuse(format!("Immutable param {name} requires a default value."));
        }
        if let Some(position) = schema.get("position").and_then(Value::as_u64)
            && let Some(other) = positions.insert(position, name)
        {
            return refuse(format!(
                "Parameters {name} and {other} have same position {position}. Position values have to be unique."
            ));
        }
        check_override(action, runner, name, schema)?;
    }
    check_type(&action.output_schema)
}

fn check_keywords(schema: &Map<String, Value>) -> Result<(), ApiError> {
    let unknown = schema.keys().find(|key| !KEYWORDS.contains(&key.as_str()) && !ADDITIONS.contains(&key.as_str()));
    if let Some(name) = unknown {
        return refuse(format!("Additional properties are not allowed ('{name}' was unexpected)"));
    }
    for flag in ["required", "immutable", "secret"] {
        if let Some(value) = schema.get(flag).filter(|value| !value.is_boolean()) {
            return refuse(format!("{} is not of type 'boolean'", python(value)));
        }
    }
    check_type(schema)
}

/// Only the parameters themselves may say `required: true`; in the objects inside them `required` is a list, as in draft 4.
fn check_nested(schema: &Map<String, Value>) -> Result<(), ApiError> {
    let inside = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    for schema in inside.filter_map(Value::as_object) {
        if let Some(value) = schema.get("required").filter(|value| !value.is_array()) {
            return refuse(format!("{} is not of type 'array'", python(value)));
        }
        check_nested(schema)?;
    }
    Ok(())
}

/// Returns the output schema with what StackStorm's validation writes into one that comes through the API.
pub(super) fn filled_output_schema(mut given: Map<String, Value>) -> Map<String, Value> {
    let defaults = json!({
        "additionalItems": {}, "items": {}, "uniqueItems": false, "required": false, "secret": false, "additionalProperties": {},
        "definitions": {}, "properties": {}, "patternProperties": {}, "immutable": false,
    });
    for (name, value) in defaults.as_object().into_iter().flatten() {
        given.entry(name.as_str()).or_insert_with(|| value.clone());
    }
    given
}

fn check_type(schema: &Map<String, Value>) -> Result<(), ApiError> {
    match schema.get("type") {
        Some(Value::String(name)) if !TYPES.contains(&name.as_str()) => not_valid(&Value::String(name.clone())),
        Some(list @ Value::Array(_)) => not_valid(list),
        _ => Ok(()),
    }
}

fn not_valid(value: &Value) -> Result<(), ApiError> {
    refuse(format!("{} is not valid under any of the given schemas", python(value)))
}

fn has_default(schema: &Map<String, Value>, runner: &RunnerType, name: &str) -> bool {
    let inherited = runner.runner_parameters.get(name).and_then(|schema| schema.get("default"));
    schema.contains_key("default") || inherited.is_some()
}

fn check_override(
    action: &Action,
    runner: &RunnerType,
    name: &str,
    schema: &Map<String, Value>,
) -> Result<(), ApiError> {
    let Some(base) = runner.runner_parameters.get(name) else { return Ok(()) };
    let changed =
        schema.iter().find(|(key, value)| !OVERRIDABLE.contains(&key.as_str()) && base.get(*key) != Some(value));
    match changed {
        None => Ok(()),
        Some((key, _)) => refuse(format!(
            "The attribute \"{key}\" for the runner parameter \"{name}\" in action \"{}\" cannot be overridden.",
            action.reference
        )),
    }
}

fn refuse(text: String) -> Result<(), ApiError> {
    Err(ApiError::Invalid(text))
}
