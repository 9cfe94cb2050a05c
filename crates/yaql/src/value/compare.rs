//! Python's `==`.

use std::rc::Rc;

use super::key::whole;
use super::{Internal, Key, Kind, List, Value, ViewKind};
use crate::error::EvaluationError;
use crate::evaluate::Machine;

/// Compares; with a machine every compared part is charged.
pub(crate) fn equals<'v>(
    left: &Value<'v>,
    right: &Value<'v>,
    machine: Option<&Machine<'v>>,
) -> Result<bool, EvaluationError> {
    if let Some(machine) = machine {
        machine.charge(1)?;
    }
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::String(left), Value::String(right)) => {
            if let Some(machine) = machine.filter(|_| left.len() == right.len()) {
                machine.charge(left.len() as u64 / 256)?;
            }
            **left == **right
        }
        (Value::List(left), Value::List(right)) => lists(left, right, machine)?,
        (Value::Dict(left), Value::Dict(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (key, item) in left.iter() {
                let same = match right.get(&key, machine)? {
                    Some(other) => equals(&item, &other, machine)?,
                    None => false,
                };
                if !same {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Datetime(left), Value::Datetime(right)) => left.instant() == right.instant(),
        (Value::Timespan(left), Value::Timespan(right)) => left.microseconds == right.microseconds,
        (Value::Internal(Internal(left)), Value::Internal(Internal(right))) => kinds(left, right),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
    })
}

fn lists<'v>(left: &List<'v>, right: &List<'v>, machine: Option<&Machine<'v>>) -> Result<bool, EvaluationError> {
    if left.len() != right.len() || left.is_mutable() != right.is_mutable() {
        return Ok(false);
    }
    for (left, right) in left.iter().zip(right.iter()) {
        if !equals(&left, &right, machine)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn kinds<'v>(left: &Kind<'v>, right: &Kind<'v>) -> bool {
    match (left, right) {
        (Kind::Set(left), Kind::Set(right)) => left == right,
        (Kind::View(view), Kind::Set(set)) | (Kind::Set(set), Kind::View(view)) => {
            view.kind == ViewKind::Keys
                && view.dict.len() == set.len()
                && view.dict.iter().all(|(key, _)| set.contains(&Key::of_text(key)))
        }
        (Kind::View(left), Kind::View(right)) => Rc::ptr_eq(left, right),
        (Kind::Stream(left), Kind::Stream(right)) => left.is_same(right),
        (Kind::Ordering(left), Kind::Ordering(right)) => Rc::ptr_eq(left, right),
        (Kind::Regex(left), Kind::Regex(right)) => Rc::ptr_eq(left, right),
        (Kind::Lambda(left), Kind::Lambda(right)) => Rc::ptr_eq(left, right),
        _ => false,
    }
}

#[derive(PartialEq)]
enum Number {
    Whole(i128),
    Fraction(f64),
}

fn number(value: &Value<'_>) -> Option<Number> {
    match value {
        Value::Boolean(boolean) => Some(Number::Whole(i128::from(*boolean))),
        Value::Integer(number) => Some(Number::Whole(*number)),
        Value::Float(number) => Some(whole(*number).map_or(Number::Fraction(*number), Number::Whole)),
        _ => None,
    }
}
