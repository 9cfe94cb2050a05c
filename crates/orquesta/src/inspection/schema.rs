//! The form of a definition, as JSON Schema (draft 4) says it.

use std::sync::LazyLock;

use serde_json::{Value, json};

/// What `with: items` may look like: names, then one expression, or the expression alone.
pub(super) const ITEMS_PATTERN: &str =
    r"^(\s+)?({{.*?}}|<%.*?%>)(\s+)?$|^(\s+)?((\w+,\s?|\s+)+)?(\w+)\s+in\s+({{.*?}}|<%.*?%>)(\s+)?$";

pub(super) static WORKFLOW: LazyLock<Value> = LazyLock::new(workflow);

fn workflow() -> Value {
    let text = json!({"type": "string", "minLength": 1});
    let number = json!({"type": "integer", "minimum": 0});
    let text_or_number = json!({"oneOf": [text, number]});
    let one_key = json!({
        "type": "object", "minProperties": 1, "maxProperties": 1, "patternProperties": {r"^\w+$": {}},
    });
    let texts = json!({"type": "array", "items": text, "uniqueItems": true, "minItems": 1});
    let one_keys = json!({"type": "array", "items": one_key, "uniqueItems": true, "minItems": 1});
    let inputs = json!({
        "type": "array", "items": {"oneOf": [text, one_key]}, "uniqueItems": true, "minItems": 1,
    });
    let transition = json!({
        "type": "object",
        "properties": {
            "when": text, "publish": {"oneOf": [text, one_keys]}, "do": {"oneOf": [text, texts]},
        },
        "additionalProperties": false,
    });
    let items = json!({
        "type": "object",
        "properties": {
            "items": {"type": "string", "minLength": 1, "pattern": ITEMS_PATTERN}, "concurrency": text_or_number,
        },
        "additionalProperties": false,
    });
    let retry = json!({
        "type": "object",
        "properties": {"when": text, "count": text_or_number, "delay": text_or_number},
        "required": ["count"],
        "additionalProperties": false,
    });
    let task = json!({
        "type": "object",
        "properties": {
            "delay": text_or_number,
            "join": {"oneOf": [{"enum": ["all"]}, number]},
            "with": items,
            "action": text,
            "input": {"oneOf": [text, {"type": "object", "minProperties": 1, "patternProperties": {r"^\w+$": {}}}]},
            "retry": retry,
            "next": {"type": "array", "items": transition},
        },
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {
            "vars": one_keys,
            "input": inputs,
            "output": one_keys,
            "tasks": {
                "type": "object", "minProperties": 1, "patternProperties": {r"^\w+$": task},
                // StackStorm crashes on other names; we say so.
                "additionalProperties": false,
            },
            "name": text,
            "version": {
                "anyOf": [text, number, {"type": "number", "minimum": 0.0}], "enum": ["1.0", 1.0],
            },
            "description": text,
            "tags": texts,
        },
        "required": ["tasks"],
        "additionalProperties": false,
    })
}
