//! Durations for people. Counterpart: st2common/expressions/functions/time.py.

use serde_json::{Map, Value};
use squall_yaml::python_float;

use super::{Arguments, FilterError};

pub(super) fn to_human_time_from_seconds(
    positional: &[Value],
    keywords: &Map<String, Value>,
) -> Result<Value, FilterError> {
    let arguments = Arguments::bind("to_human_time_from_seconds", &["seconds"], 1, positional, keywords)?;
    let (seconds, text) = match arguments.value(0) {
        Value::Bool(boolean) => (f64::from(u8::from(*boolean)), u8::from(*boolean).to_string()),
        Value::Number(number) => {
            let seconds = number.as_f64().unwrap_or_default();
            (seconds, if number.is_f64() { python_float(seconds) } else { number.to_string() })
        }
        _ => return Err(FilterError::new("AssertionError", "")),
    };
    Ok(Value::String(human(seconds, &text)?))
}

fn human(seconds: f64, text: &str) -> Result<String, FilterError> {
    if seconds == 0.0 {
        return Ok("0s".to_owned());
    }
    if seconds < 1.0 {
        return Ok(format!("{text}μs"));
    }
    let whole = seconds.round_ties_even();
    // The year 9999 is the last that Python's dates know.
    if whole >= 315_537_897_600.0 {
        return Err(FilterError::new("OverflowError", "date value out of range"));
    }
    let whole = whole as u64;
    let (years, day_of_month) = calendar(whole / 86_400);
    let parts = [years, day_of_month, whole / 3_600 % 24, whole / 60 % 60, whole % 60];
    let units = ['y', 'd', 'h', 'm', 's'];
    let first = parts.iter().position(|part| *part != 0).unwrap_or(parts.len() - 1);
    Ok(parts.iter().zip(units).skip(first).map(|(part, unit)| format!("{part}{unit}")).collect())
}

/// Returns the years since year 1 and the day of the month, from 0, that many days after the first of January of
/// year 1. Months are lost, as in the original.
fn calendar(days: u64) -> (u64, u64) {
    let (mut year, mut rest) = (1_u64, days);
    year += rest / 146_097 * 400;
    rest %= 146_097;
    loop {
        let length = 365 + u64::from(is_leap(year));
        if rest < length {
            break;
        }
        rest -= length;
        year += 1;
    }
    for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if rest < length {
            break;
        }
        rest -= length;
    }
    (year - 1, rest)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}
