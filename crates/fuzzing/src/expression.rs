//! A text with or without delimiters, as a workflow and its author's tools take it.

use serde_json::Value;
use squall_orquesta::expressions::{Language, evaluate_for_author, referenced_variables, validate};

use crate::host::{CONTEXT, World};

/// Validates and evaluates a text; returns whether it had a value.
pub(crate) fn take(text: &str, language: Language) -> bool {
    let value = Value::from(text);
    for invalid in validate(&value) {
        assert!(text.contains(&invalid.expression), "an error about what is not written: {invalid:?}");
    }
    referenced_variables(&value);
    let answer = evaluate_for_author(&value, Some(language), &CONTEXT, &World);
    if let Err(unmet) = &answer {
        assert!(unmet.at.is_none_or(|at| at <= text.chars().count()), "a place beyond the end: {unmet:?}");
    }
    answer.is_ok()
}
