//! `contains`, `in`, and their negations.

use serde_json::Value;

use super::Says::{No, Raises, Yes};
use super::{Example, Operator};
use crate::python::{OperatorError, is_in, text_for};

fn contains_ignoring_case(value: &Value, pattern: &Value) -> Result<bool, OperatorError> {
    let part = text_for(pattern, "lower")?.to_lowercase();
    Ok(text_for(value, "lower")?.to_lowercase().contains(&part))
}

pub(super) const TABLE: &[Operator] = &[
    Operator {
        names: &["contains"],
        takes_null_pattern: false,
        apply: |value, pattern, _| is_in(pattern, value),
        examples: &[
            Example("\"abcd\"", "\"bc\"", Yes),
            Example("\"abcd\"", "\"BC\"", No),
            Example("[\"x\", 1]", "\"x\"", Yes),
            Example("[1]", "\"1\"", No),
            Example("{\"x\": 1}", "\"x\"", Yes),
            Example("{\"x\": 1}", "[]", Raises("unhashable type: 'list'")),
            Example("\"5\"", "5", Raises("'in <string>' requires string as left operand, not int")),
            Example("null", "\"x\"", Raises("argument of type 'NoneType' is not iterable")),
        ],
    },
    Operator {
        names: &["icontains"],
        takes_null_pattern: false,
        apply: |value, pattern, _| contains_ignoring_case(value, pattern),
        examples: &[
            Example("\"abcd\"", "\"BC\"", Yes),
            Example("\"abcd\"", "\"x\"", No),
            Example("[\"x\"]", "\"x\"", Raises("'list' object has no attribute 'lower'")),
        ],
    },
    Operator {
        names: &["ncontains"],
        takes_null_pattern: false,
        apply: |value, pattern, _| Ok(!is_in(pattern, value)?),
        examples: &[Example("\"abcd\"", "\"bc\"", No), Example("\"abcd\"", "\"x\"", Yes), Example("[1]", "2", Yes)],
    },
    Operator {
        names: &["incontains"],
        takes_null_pattern: false,
        apply: |value, pattern, _| Ok(!contains_ignoring_case(value, pattern)?),
        examples: &[Example("\"abcd\"", "\"BC\"", No), Example("\"abcd\"", "\"X\"", Yes)],
    },
    Operator {
        names: &["inside", "in"],
        takes_null_pattern: false,
        apply: |value, pattern, _| is_in(value, pattern),
        examples: &[
            Example("\"a\"", "[\"a\", \"b\"]", Yes),
            Example("\"c\"", "[\"a\", \"b\"]", No),
            Example("\"bc\"", "\"abcd\"", Yes),
            Example("null", "[\"a\"]", No),
            Example("5", "5", Raises("argument of type 'int' is not iterable")),
        ],
    },
    Operator {
        names: &["ninside", "nin"],
        takes_null_pattern: false,
        apply: |value, pattern, _| Ok(!is_in(value, pattern)?),
        examples: &[
            Example("\"a\"", "[\"a\", \"b\"]", No),
            Example("\"c\"", "[\"a\", \"b\"]", Yes),
            Example("\"c\"", "null", No),
        ],
    },
];
