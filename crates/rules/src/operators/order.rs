//! `lt` and `gt`.

use super::Says::{No, Raises, Yes};
use super::{Example, Operator};
use crate::python::ordered;

pub(super) const TABLE: &[Operator] = &[
    Operator {
        names: &["lessthan", "lt"],
        takes_null_pattern: false,
        apply: |value, pattern, _| ordered('<', value, pattern),
        examples: &[
            Example("5", "10", Yes),
            Example("10", "10", No),
            Example("9.5", "10", Yes),
            Example("\"05\"", "\"10\"", Yes),
            Example("\"5\"", "10", Raises("'<' not supported between instances of 'str' and 'int'")),
        ],
    },
    Operator {
        names: &["greaterthan", "gt"],
        takes_null_pattern: false,
        apply: |value, pattern, _| ordered('>', value, pattern),
        examples: &[
            Example("11", "10", Yes),
            Example("10", "10", No),
            Example("5", "null", No),
            Example("null", "10", Raises("'>' not supported between instances of 'NoneType' and 'int'")),
            Example("{}", "{}", Raises("'>' not supported between instances of 'dict' and 'dict'")),
        ],
    },
];
