//! `int()`, `float()` and `round()`.

use super::arithmetic::too_large;
use crate::error::EvaluationError;
use crate::evaluate::Outcome;
use crate::value::{Value, python_repr};

pub(super) fn int<'v>(value: &Value<'v>) -> Outcome<Value<'v>> {
    Ok(Value::Integer(match value {
        Value::Null => 0,
        Value::Boolean(boolean) => i128::from(*boolean),
        Value::Integer(number) => *number,
        Value::Float(number) if number.is_nan() => {
            return Err(EvaluationError::value_error("cannot convert float NaN to integer"));
        }
        Value::Float(number) if number.is_infinite() => {
            return Err(EvaluationError::overflow("cannot convert float infinity to integer"));
        }
        Value::Float(number) if number.abs() >= 1.7e38 => return Err(too_large()),
        Value::Float(number) => number.trunc() as i128,
        Value::String(text) => return parse_int(text, value),
        other => {
            let message = format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                other.type_name()
            );
            return Err(EvaluationError::type_error(message));
        }
    }))
}

/// Digits that may be grouped by single underscores, with a sign and blanks around.
fn plain_digits(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let (sign, digits) = match trimmed.strip_prefix(['+', '-']) {
        Some(digits) if trimmed.starts_with('-') => ("-", digits),
        Some(digits) => ("", digits),
        None => ("", trimmed),
    };
    let grouped = digits.split('_').all(|group| !group.is_empty() && group.chars().all(|digit| digit.is_ascii_digit()));
    grouped.then(|| format!("{sign}{}", digits.replace('_', "")))
}

fn parse_int<'v>(text: &str, value: &Value<'v>) -> Outcome<Value<'v>> {
    let digits = plain_digits(text).ok_or_else(|| {
        EvaluationError::value_error(format!("invalid literal for int() with base 10: {}", python_repr(value)))
    })?;
    digits.parse().map(Value::Integer).map_err(|_| too_large())
}

pub(super) fn float<'v>(value: &Value<'v>) -> Outcome<Value<'v>> {
    Ok(Value::Float(match value {
        Value::Null => 0.0,
        Value::Boolean(boolean) => f64::from(u8::from(*boolean)),
        Value::Integer(number) => *number as f64,
        Value::Float(number) => *number,
        Value::String(text) => {
            let written = text.trim().replace('_', "");
            written.parse().map_err(|_| {
                EvaluationError::value_error(format!("could not convert string to float: {}", python_repr(value)))
            })?
        }
        other => {
            let message = format!("float() argument must be a string or a real number, not '{}'", other.type_name());
            return Err(EvaluationError::type_error(message));
        }
    }))
}

/// Rounds half to even on the exact decimal value, as Python does; integers stay integers.
pub(super) fn round<'v>(value: &Value<'v>, digits: i64) -> Outcome<Value<'v>> {
    match value {
        Value::Float(number) => Ok(Value::Float(round_float(*number, digits))),
        Value::Integer(number) if digits < 0 => Ok(Value::Integer(round_integer(*number, digits.unsigned_abs()))),
        other => Ok(other.clone()),
    }
}

fn round_float(number: f64, digits: i64) -> f64 {
    if !number.is_finite() || digits > 300 {
        return number;
    }
    if digits < -300 {
        return 0.0_f64.copysign(number);
    }
    if digits >= 0 {
        // Formatting rounds the exact binary value half to even.
        return format!("{number:.*}", digits as usize).parse().unwrap_or(number);
    }
    let unit = 10_f64.powi(-digits as i32);
    (number / unit).round_ties_even() * unit
}

fn round_integer(number: i128, digits: u64) -> i128 {
    let unit = u32::try_from(digits).ok().and_then(|digits| 10_i128.checked_pow(digits));
    let Some(unit) = unit else { return 0 };
    let (quotient, remainder) = (number.div_euclid(unit), number.rem_euclid(unit));
    let up = match (remainder * 2).cmp(&unit) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Greater => 1,
        std::cmp::Ordering::Equal => quotient.rem_euclid(2),
    };
    (quotient + up) * unit
}
