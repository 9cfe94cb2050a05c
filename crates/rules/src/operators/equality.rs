//! `eq`, `neq`, `ieq`.

use super::Says::{No, Raises, Yes};
use super::{Example, Operator};
use crate::python::{equal, text_for};

pub(super) const TABLE: &[Operator] = &[
    Operator {
        names: &["equals", "eq"],
        takes_null_pattern: false,
        apply: |value, pattern, _| Ok(equal(value, pattern)),
        examples: &[
            Example("5", "5", Yes),
            Example("5", "\"5\"", No),
            Example("5", "5.0", Yes),
            Example("1", "true", Yes),
            Example("null", "null", No),
            Example("{\"k\": 1}", "{\"k\": 1}", Yes),
        ],
    },
    Operator {
        names: &["nequals", "neq"],
        takes_null_pattern: true,
        apply: |value, pattern, _| Ok(!equal(value, pattern)),
        examples: &[
            Example("\"x\"", "\"x\"", No),
            Example("\"y\"", "\"x\"", Yes),
            Example("null", "\"x\"", Yes),
            Example("null", "null", No),
            Example("5", "\"5\"", Yes),
        ],
    },
    Operator {
        names: &["iequals", "ieq"],
        takes_null_pattern: false,
        apply: |value, pattern, _| {
            Ok(text_for(value, "lower")?.to_lowercase() == text_for(pattern, "lower")?.to_lowercase())
        },
        examples: &[
            Example("\"aBc\"", "\"AbC\"", Yes),
            Example("\"abd\"", "\"AbC\"", No),
            Example("5", "\"5\"", Raises("'int' object has no attribute 'lower'")),
            Example("\"5\"", "5", Raises("'int' object has no attribute 'lower'")),
        ],
    },
];
