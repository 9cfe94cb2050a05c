//! `startswith` and `endswith`, with and without regard to case.

use serde_json::Value;

use super::Says::{No, Raises, Yes};
use super::{Example, Operator};
use crate::python::{OperatorError, raise, text_for, type_name};

fn affix<'v>(value: &'v Value, pattern: &'v Value, method: &str) -> Result<(&'v str, &'v str), OperatorError> {
    let text = text_for(value, method)?;
    match pattern {
        Value::String(part) => Ok((text, part)),
        other => raise(format!("{method} first arg must be str or a tuple of str, not {}", type_name(other))),
    }
}

fn lowered(value: &Value, pattern: &Value) -> Result<(String, String), OperatorError> {
    Ok((text_for(value, "lower")?.to_lowercase(), text_for(pattern, "lower")?.to_lowercase()))
}

pub(super) const TABLE: &[Operator] = &[
    Operator {
        names: &["startswith"],
        takes_null_pattern: false,
        apply: |value, pattern, _| affix(value, pattern, "startswith").map(|(text, part)| text.starts_with(part)),
        examples: &[
            Example("\"abc\"", "\"ab\"", Yes),
            Example("\"abc\"", "\"AB\"", No),
            Example("5", "\"5\"", Raises("'int' object has no attribute 'startswith'")),
            Example("\"5\"", "5", Raises("startswith first arg must be str or a tuple of str, not int")),
        ],
    },
    Operator {
        names: &["istartswith"],
        takes_null_pattern: false,
        apply: |value, pattern, _| lowered(value, pattern).map(|(text, part)| text.starts_with(&part)),
        examples: &[
            Example("\"abc\"", "\"AB\"", Yes),
            Example("\"abc\"", "\"b\"", No),
            Example("null", "\"b\"", Raises("'NoneType' object has no attribute 'lower'")),
        ],
    },
    Operator {
        names: &["endswith"],
        takes_null_pattern: false,
        apply: |value, pattern, _| affix(value, pattern, "endswith").map(|(text, part)| text.ends_with(part)),
        examples: &[
            Example("\"abc\"", "\"bc\"", Yes),
            Example("\"abc\"", "\"BC\"", No),
            Example("[]", "\"a\"", Raises("'list' object has no attribute 'endswith'")),
        ],
    },
    Operator {
        names: &["iendswith"],
        takes_null_pattern: false,
        apply: |value, pattern, _| lowered(value, pattern).map(|(text, part)| text.ends_with(&part)),
        examples: &[Example("\"abc\"", "\"BC\"", Yes), Example("\"abc\"", "\"AB\"", No)],
    },
];
