//! Checking and searching expressions.

use serde_json::{Value, json};

use crate::compare::difference;

pub(crate) fn validate(record: &Value, ours: &Value) -> Result<bool, String> {
    let errors = |answer: &Value| answer.get("errors").unwrap_or(answer).clone();
    let both_wrapped = record["ok"].get("errors").is_some() == ours["ok"].get("errors").is_some();
    match difference("", &errors(&record["ok"]), &errors(&ours["ok"])) {
        None if both_wrapped => Ok(true),
        None => Err(format!("{}: recorded {}, ours {ours}", record["expr"], record["ok"])),
        Some(difference) => Err(format!("{}: {difference}", record["expr"])),
    }
}

/// In any order.
pub(crate) fn extract_variables(record: &Value, ours: &Value) -> Result<bool, String> {
    let sorted = |list: &Value| {
        let mut texts: Vec<String> = list.as_array().into_iter().flatten().map(Value::to_string).collect();
        texts.sort();
        json!(texts)
    };
    match difference("", &sorted(&record["ok"]), &sorted(&ours["ok"])) {
        None => Ok(true),
        Some(difference) => Err(format!("{}: {difference}", record["expr"])),
    }
}
