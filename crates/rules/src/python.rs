//! JSON values as Python compares them: criteria are written for `==`, `<` and `in`, and their errors quote Python's words.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// What Python would raise, as the text that an enforcement's `failure_reason` shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OperatorError(pub String);

pub(crate) fn raise<T>(text: impl Into<String>) -> Result<T, OperatorError> {
    Err(OperatorError(text.into()))
}

/// Returns what `type(value).__name__` is.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// `left == right`: numbers by value (`True` is 1), everything else only within its own type.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return compare_numbers(&left, &right) == Some(Ordering::Equal);
    }
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}

/// `left < right` or `left > right`, by `symbol`.
pub(crate) fn ordered(symbol: char, left: &Value, right: &Value) -> Result<bool, OperatorError> {
    let wanted = if symbol == '<' { Ordering::Less } else { Ordering::Greater };
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Ok(compare_numbers(&left, &right) == Some(wanted));
    }
    match (left, right) {
        (Value::String(left), Value::String(right)) => Ok(left.cmp(right) == wanted),
        (Value::Array(lefts), Value::Array(rights)) => {
            match lefts.iter().zip(rights).find(|(left, right)| !equal(left, right)) {
                Some((left, right)) => ordered(symbol, left, right),
                None => Ok(lefts.len().cmp(&rights.len()) == wanted),
            }
        }
        _ => raise(format!(
            "'{symbol}' not supported between instances of '{}' and '{}'",
            type_name(left),
            type_name(right)
        )),
    }
}

/// `item in container`.
pub(crate) fn is_in(item: &Value, container: &Value) -> Result<bool, OperatorError> {
    match (container, item) {
        (Value::String(text), Value::String(part)) => Ok(text.contains(part.as_str())),
        (Value::String(_), other) => {
            raise(format!("'in <string>' requires string as left operand, not {}", type_name(other)))
        }
        (Value::Array(items), _) => Ok(items.iter().any(|other| equal(item, other))),
        (Value::Object(fields), Value::String(name)) => Ok(fields.contains_key(name)),
        (Value::Object(_), Value::Array(_) | Value::Object(_)) => {
            raise(format!("unhashable type: '{}'", type_name(item)))
        }
        (Value::Object(_), _) => Ok(false),
        (other, _) => raise(format!("argument of type '{}' is not iterable", type_name(other))),
    }
}

/// Returns the text that `value.<method>` works on.
pub(crate) fn text_for<'v>(value: &'v Value, method: &str) -> Result<&'v str, OperatorError> {
    match value {
        Value::String(text) => Ok(text),
        other => raise(format!("'{}' object has no attribute '{method}'", type_name(other))),
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Bool(value) => Some(Number::from(u8::from(*value))),
        Value::Number(number) => Some(number.clone()),
        _ => None,
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equality_is_pythons() {
        for (left, right, expected) in [
            (json!(1), json!(1.0), true),
            (json!(true), json!(1), true),
            (json!(5), json!("5"), false),
            (json!([1, {"a": 2}]), json!([1.0, {"a": 2.0}]), true),
            (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), true),
            (json!({"a": 1}), json!({"a": 1, "b": null}), false),
            (json!(null), json!(0), false),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64), false),
        ] {
            assert_eq!(equal(&left, &right), expected, "{left} == {right}");
        }
    }

    #[test]
    fn lists_are_ordered_by_their_first_difference() {
        assert_eq!(ordered('<', &json!([1, 2]), &json!([1, 3])), Ok(true));
        assert_eq!(ordered('>', &json!([1, 2, 0]), &json!([1, 2])), Ok(true));
        assert!(ordered('<', &json!([1]), &json!(["1"])).is_err());
    }
}
