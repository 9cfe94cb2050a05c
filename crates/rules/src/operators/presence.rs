//! `exists` and `nexists`: the pattern is not looked at.

use super::Says::{No, Yes};
use super::{Example, Operator};

pub(super) const TABLE: &[Operator] = &[
    Operator {
        names: &["exists"],
        takes_null_pattern: true,
        apply: |value, _, _| Ok(!value.is_null()),
        examples: &[
            Example("\"\"", "\"\"", Yes),
            Example("0", "null", Yes),
            Example("false", "\"x\"", Yes),
            Example("null", "\"x\"", No),
        ],
    },
    Operator {
        names: &["nexists"],
        takes_null_pattern: true,
        apply: |value, _, _| Ok(value.is_null()),
        examples: &[Example("null", "\"x\"", Yes), Example("\"x\"", "\"x\"", No)],
    },
];
