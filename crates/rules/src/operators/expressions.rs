//! `matchregex`, `regex`, `iregex`: Python's regular expressions, with a limit on what a pattern may cost.

use serde_json::Value;
use squall_jinja::filters::Regex;

use super::Says::{No, Raises, Yes};
use super::{Example, Operator};
use crate::python::{OperatorError, raise, type_name};

/// How `re.match` is written as a search.
fn from_the_start(pattern: &str) -> String {
    format!("(?s)\\A(?:{pattern})")
}

fn found(
    value: &Value,
    pattern: &Value,
    spelling: fn(&str) -> String,
    ignore_case: bool,
) -> Result<bool, OperatorError> {
    let Value::String(pattern) = pattern else { return raise("first argument must be string or compiled pattern") };
    let refused = |error: squall_jinja::filters::FilterError| OperatorError(error.message);
    let regex = Regex::new(&spelling(pattern), ignore_case).map_err(refused)?;
    match value {
        Value::String(text) => Ok(regex.find(text).map_err(refused)?.is_some()),
        other => raise(format!("expected string or bytes-like object, got '{}'", type_name(other))),
    }
}

pub(super) const TABLE: &[Operator] = &[
    Operator {
        names: &["matchregex"],
        takes_null_pattern: false,
        apply: |value, pattern, _| found(value, pattern, from_the_start, false),
        examples: &[
            Example("\"abc\"", "\"a.c\"", Yes),
            Example("\"xabc\"", "\"a.c\"", No),
            Example("\"a\\nb\"", "\"a.b\"", Yes),
            Example("\"bc\"", "\"a|b\"", Yes),
            Example("5", "\"a\"", Raises("expected string or bytes-like object, got 'int'")),
            Example("null", "\"a\"", Raises("expected string or bytes-like object, got 'NoneType'")),
        ],
    },
    Operator {
        names: &["regex"],
        takes_null_pattern: false,
        apply: |value, pattern, _| found(value, pattern, str::to_owned, false),
        examples: &[
            Example("\"abbbc\"", "\"b+\"", Yes),
            Example("\"a\\nb\"", "\"a.b\"", No),
            Example("\"foobar\"", "\"foo(?=bar)\"", Yes),
            Example("\"abab\"", "\"^(ab)\\\\1$\"", Yes),
            Example("\"a\"", "5", Raises("first argument must be string or compiled pattern")),
        ],
    },
    Operator {
        names: &["iregex"],
        takes_null_pattern: false,
        apply: |value, pattern, _| found(value, pattern, str::to_owned, true),
        examples: &[Example("\"abbbc\"", "\"B+\"", Yes), Example("\"ac\"", "\"B+\"", No)],
    },
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_that_would_never_end_are_refused() {
        let text = json!("a".repeat(40) + "!");
        for pattern in ["^(a|aa)+$(?<!x)", "^(a|aa)+\\1$"] {
            assert!(found(&text, &json!(pattern), str::to_owned, false).is_err(), "{pattern}");
        }
    }

    #[test]
    fn patterns_that_would_fill_the_memory_are_refused() {
        for pattern in ["(((a{100}){100}){100}){100}".to_owned(), "a".repeat(5000), "(".to_owned()] {
            assert!(found(&json!("a"), &json!(pattern), str::to_owned, false).is_err());
        }
    }
}
