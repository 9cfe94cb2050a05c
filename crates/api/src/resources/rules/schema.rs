//! What a rule must look like. Counterparts: st2common/models/api/rule.py, st2common/validators/api/reactor.py.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::errors::ApiError;
use crate::validation::python;

pub(super) static RULE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "required": ["trigger", "name", "action"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": ["string", "null"]},
            "uid": {"type": "string"},
            "ref": {"type": "string"},
            "metadata_file": {"type": "string"},
            "name": {"type": "string"},
            "pack": {"type": "string"},
            "description": {"type": ["string", "null"]},
            "type": {
                "type": "object",
                "properties": {"ref": {"type": "string"}, "parameters": {"type": "object"}},
            },
            "trigger": {
                "type": "object",
                "required": ["type"],
                "additionalProperties": false,
                "properties": {
                    "type": {"type": "string"}, "parameters": {"type": "object"}, "ref": {"type": "string"},
                    "description": {"type": ["string", "null"]},
                },
            },
            "criteria": {"type": "object"},
            "action": {
                "type": "object",
                "required": ["ref"],
                "additionalProperties": false,
                "properties": {
                    "ref": {"type": "string"}, "parameters": {"type": "object"},
                    "description": {"type": ["string", "null"]},
                },
            },
            "context": {"type": "object"},
            "enabled": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "object"}},
        },
    })
});

/// The operators of criteria, in the order in which the original lists them.
const OPERATORS: [&str; 33] = [
    "matchwildcard",
    "matchregex",
    "regex",
    "iregex",
    "eq",
    "equals",
    "neq",
    "nequals",
    "ieq",
    "iequals",
    "contains",
    "icontains",
    "ncontains",
    "incontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "lt",
    "lessthan",
    "gt",
    "greaterthan",
    "td_lt",
    "timediff_lt",
    "td_gt",
    "timediff_gt",
    "exists",
    "nexists",
    "inside",
    "in",
    "ninside",
    "nin",
    "search",
];

/// Checks that every criterion has an operator that exists and a pattern.
pub(super) fn check_criteria(criteria: &Map<String, Value>) -> Result<(), ApiError> {
    for (field, criterion) in criteria {
        let operator = criterion.get("type").and_then(Value::as_str).unwrap_or_default();
        if !OPERATORS.contains(&operator) {
            return Err(ApiError::Invalid(format!(
                "For field: {field}, operator {operator} not in list of allowed operators: {}",
                python(&json!(OPERATORS.as_slice()))
            )));
        }
        if criterion.get("pattern").is_none_or(Value::is_null) {
            return Err(ApiError::Invalid(format!("For field: {field}, no pattern specified for operator {operator}")));
        }
    }
    Ok(())
}
