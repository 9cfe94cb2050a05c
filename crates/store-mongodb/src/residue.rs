//! Conditions and orders on what the server can't see: checked here, on documents that matched the rest.

use std::cmp::Ordering;

use serde_json::Value;
use squall_store::{Condition, Direction, Filter, Sort};

/// Tells whether all filters hold; `look` returns the value of a path, null where there is none.
pub(crate) fn holds(filters: &[Filter], look: impl Fn(&str) -> Value) -> bool {
    filters.iter().all(|filter| one_holds(&look(&filter.path), &filter.condition))
}

fn one_holds(value: &Value, condition: &Condition) -> bool {
    let ordered = |other: &Value, wanted: fn(Ordering) -> bool| comparable(value, other).is_some_and(wanted);
    match condition {
        Condition::Equals(Value::Null) | Condition::Absent => value.is_null(),
        Condition::Present => !value.is_null(),
        Condition::Equals(other) => is_equal(value, other),
        Condition::In(others) => others.iter().any(|other| is_equal(value, other)),
        Condition::GreaterThan(other) => ordered(other, Ordering::is_gt),
        Condition::LessThan(other) => ordered(other, Ordering::is_lt),
        Condition::AtLeast(other) => ordered(other, Ordering::is_ge),
        Condition::AtMost(other) => ordered(other, Ordering::is_le),
        Condition::StartsWith(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix)),
        Condition::AnyElement { field, equals } => value
            .as_array()
            .is_some_and(|list| list.iter().any(|element| element.get(field).is_some_and(|found| found == equals))),
    }
}

fn is_equal(value: &Value, other: &Value) -> bool {
    value == other || comparable(value, other) == Some(Ordering::Equal)
}

/// Compares values of one type.
fn comparable(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        _ => None,
    }
}

/// Orders two documents by the values of the paths, missing ones first.
pub(crate) fn order(sorts: &[Sort], left: &[Value], right: &[Value]) -> Ordering {
    for (index, sort) in sorts.iter().enumerate() {
        let (Some(left), Some(right)) = (left.get(index), right.get(index)) else { continue };
        let ordering = rank(left).cmp(&rank(right)).then_with(|| comparable(left, right).unwrap_or(Ordering::Equal));
        let ordering = if sort.direction == Direction::Ascending { ordering } else { ordering.reverse() };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

const fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) | Value::Object(_) => 5,
    }
}
