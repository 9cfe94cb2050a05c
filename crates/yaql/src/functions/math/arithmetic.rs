//! Arithmetic as Python does it: floor division, the sign of the divisor for remainders.

use std::cmp::Ordering;

use crate::error::EvaluationError;
use crate::evaluate::Outcome;
use crate::value::Value;

#[derive(Clone, Copy)]
enum Number {
    Whole(i128),
    Float(f64),
}

impl Number {
    fn of(value: &Value<'_>) -> Outcome<Self> {
        match value {
            Value::Integer(number) => Ok(Self::Whole(*number)),
            Value::Boolean(boolean) => Ok(Self::Whole(i128::from(*boolean))),
            Value::Float(number) => Ok(Self::Float(*number)),
            other => Err(EvaluationError::type_error(format!("a number is required, not {}", other.type_name()))),
        }
    }

    fn float(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// The original has no bound; here integers end at 128 bits.
pub(super) fn too_large() -> EvaluationError {
    EvaluationError::overflow("integer is too large")
}

fn division_by_zero(whole: bool) -> EvaluationError {
    let message = if whole { "integer division or modulo by zero" } else { "float division by zero" };
    EvaluationError::new("ZeroDivisionError", message)
}

fn combine<'v>(
    left: &Value<'_>,
    right: &Value<'_>,
    whole: fn(i128, i128) -> Option<i128>,
    float: fn(f64, f64) -> f64,
) -> Outcome<Value<'v>> {
    match (Number::of(left)?, Number::of(right)?) {
        (Number::Whole(left), Number::Whole(right)) => whole(left, right).map(Value::Integer).ok_or_else(too_large),
        (left, right) => Ok(Value::Float(float(left.float(), right.float()))),
    }
}

pub(crate) fn add<'v>(left: &Value<'_>, right: &Value<'_>) -> Outcome<Value<'v>> {
    combine(left, right, i128::checked_add, |left, right| left + right)
}

pub(super) fn subtract<'v>(left: &Value<'_>, right: &Value<'_>) -> Outcome<Value<'v>> {
    combine(left, right, i128::checked_sub, |left, right| left - right)
}

pub(super) fn multiply<'v>(left: &Value<'_>, right: &Value<'_>) -> Outcome<Value<'v>> {
    combine(left, right, i128::checked_mul, |left, right| left * right)
}

pub(super) fn negate<'v>(value: &Value<'_>) -> Outcome<Value<'v>> {
    match Number::of(value)? {
        Number::Whole(number) => number.checked_neg().map(Value::Integer).ok_or_else(too_large),
        Number::Float(number) => Ok(Value::Float(-number)),
    }
}

pub(super) fn divide<'v>(left: &Value<'_>, right: &Value<'_>) -> Outcome<Value<'v>> {
    match (Number::of(left)?, Number::of(right)?) {
        (Number::Whole(_), Number::Whole(0)) => Err(division_by_zero(true)),
        (Number::Whole(left), Number::Whole(right)) => {
            floor_division(left, right).map(Value::Integer).ok_or_else(too_large)
        }
        (_, right) if right.float() == 0.0 => Err(division_by_zero(false)),
        (left, right) => Ok(Value::Float(left.float() / right.float())),
    }
}

fn floor_division(left: i128, right: i128) -> Option<i128> {
    let quotient = left.checked_div(right)?;
    let remainder = left.checked_rem(right)?;
    Some(if remainder != 0 && (remainder < 0) != (right < 0) { quotient - 1 } else { quotient })
}

fn floor_remainder(left: i128, right: i128) -> Option<i128> {
    let remainder = left.checked_rem(right)?;
    Some(if remainder != 0 && (remainder < 0) != (right < 0) { remainder + right } else { remainder })
}

pub(super) fn modulo<'v>(left: &Value<'_>, right: &Value<'_>) -> Outcome<Value<'v>> {
    match (Number::of(left)?, Number::of(right)?) {
        (Number::Whole(_), Number::Whole(0)) => {
            Err(EvaluationError::new("ZeroDivisionError", "integer modulo by zero"))
        }
        (Number::Whole(left), Number::Whole(right)) => {
            floor_remainder(left, right).map(Value::Integer).ok_or_else(too_large)
        }
        (_, right) if right.float() == 0.0 => Err(EvaluationError::new("ZeroDivisionError", "float modulo")),
        (left, right) => {
            let (left, right) = (left.float(), right.float());
            let remainder = left % right;
            let adjusted =
                if remainder != 0.0 && (remainder < 0.0) != (right < 0.0) { remainder + right } else { remainder };
            Ok(Value::Float(adjusted))
        }
    }
}

pub(super) fn shift_right<'v>(value: i128, bits: i128) -> Outcome<Value<'v>> {
    let bits = shift_count(bits)?;
    Ok(Value::Integer(value >> bits.min(127)))
}

pub(super) fn shift_left<'v>(value: i128, bits: i128) -> Outcome<Value<'v>> {
    let bits = shift_count(bits)?;
    let shifted = if bits < 127 { value.checked_mul(1_i128 << bits) } else { None };
    if value == 0 { Ok(Value::Integer(0)) } else { shifted.map(Value::Integer).ok_or_else(too_large) }
}

fn shift_count(bits: i128) -> Outcome<u32> {
    if bits < 0 {
        return Err(EvaluationError::value_error("negative shift count"));
    }
    Ok(u32::try_from(bits).unwrap_or(u32::MAX))
}

/// Numeric order; `None` when a NaN is among them.
pub(crate) fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (Number::of(left).ok()?, Number::of(right).ok()?) {
        (Number::Whole(left), Number::Whole(right)) => Some(left.cmp(&right)),
        (left, right) => left.float().partial_cmp(&right.float()),
    }
}

pub(super) fn power<'v>(base: &Value<'_>, exponent: &Value<'_>, modulus: &Value<'_>) -> Outcome<Value<'v>> {
    let (base, exponent) = (Number::of(base)?, Number::of(exponent)?);
    if !matches!(modulus, Value::Null) {
        return modular_power(base, exponent, Number::of(modulus)?);
    }
    match (base, exponent) {
        (Number::Whole(base), Number::Whole(exponent)) if exponent >= 0 => match base {
            0 | 1 => Ok(Value::Integer(if exponent == 0 { 1 } else { base })),
            -1 => Ok(Value::Integer(if exponent % 2 == 0 { 1 } else { -1 })),
            _ => {
                let power = u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent));
                power.map(Value::Integer).ok_or_else(too_large)
            }
        },
        (base, exponent) if base.float() == 0.0 && exponent.float() < 0.0 => {
            Err(EvaluationError::new("ZeroDivisionError", "0.0 cannot be raised to a negative power"))
        }
        (base, exponent) => Ok(Value::Float(base.float().powf(exponent.float()))),
    }
}

fn modular_power<'v>(base: Number, exponent: Number, modulus: Number) -> Outcome<Value<'v>> {
    let (Number::Whole(base), Number::Whole(exponent), Number::Whole(modulus)) = (base, exponent, modulus) else {
        return Err(EvaluationError::type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    };
    if modulus == 0 {
        return Err(EvaluationError::value_error("pow() 3rd argument cannot be 0"));
    }
    if exponent < 0 || modulus.unsigned_abs() > u128::from(u64::MAX) {
        return Err(EvaluationError::value_error("base is not invertible for the given modulus"));
    }
    let size = modulus.unsigned_abs();
    let (mut result, mut factor, mut rest) = (1 % size, base.rem_euclid(size as i128) as u128, exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result = result * factor % size;
        }
        factor = factor * factor % size;
        rest >>= 1;
    }
    let result = result as i128;
    Ok(Value::Integer(if modulus < 0 && result != 0 { result + modulus } else { result }))
}
