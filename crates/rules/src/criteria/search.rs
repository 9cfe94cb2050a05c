//! `search`: criteria on the items of a list.

use serde_json::Value;

use super::Criterion;
use crate::python::{OperatorError, raise, type_name};

/// How many items must satisfy how many of the child criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Condition {
    any_item: bool,
    any_child: bool,
}

impl Condition {
    pub(super) fn read(condition: Option<&Value>) -> Result<Self, String> {
        let (any_item, any_child) = match condition.and_then(Value::as_str) {
            Some("any") => (true, false),
            Some("all") => (false, false),
            Some("any2any") => (true, true),
            Some("all2any") => (false, true),
            other => {
                return Err(format!(
                    "The '{}' condition is not recognized for type search, 'any', 'all', 'any2any' and 'all2any' are allowed",
                    other.unwrap_or("None")
                ));
            }
        };
        Ok(Self { any_item, any_child })
    }

    pub(super) fn holds(
        self,
        items: &[Value],
        children: &[Criterion],
        mut check: impl FnMut(&Criterion, &Value) -> bool,
    ) -> bool {
        for item in items {
            let mut satisfied = !self.any_child;
            for child in children {
                satisfied = check(child, item);
                if satisfied == self.any_child {
                    break;
                }
            }
            if satisfied == self.any_item {
                return self.any_item;
            }
        }
        !self.any_item
    }
}

/// Reads the child criteria: the pattern of a search.
pub(super) fn children(pattern: &Value) -> Result<Vec<Criterion>, String> {
    match pattern {
        Value::Object(criteria) => Ok(super::read(criteria)),
        other => Err(format!("'{}' object has no attribute 'items'", type_name(other))),
    }
}

/// Returns what a search goes through: the items of a list, or one mapping as the only item.
pub(super) fn items(value: &Value) -> Result<Vec<Value>, OperatorError> {
    match value {
        Value::Array(items) => Ok(items.clone()),
        Value::Object(_) => Ok(vec![value.clone()]),
        Value::String(text) => Ok(text.chars().map(|letter| Value::from(letter.to_string())).collect()),
        other => raise(format!("'{}' object is not iterable", type_name(other))),
    }
}
