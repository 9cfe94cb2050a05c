//! `timediff_lt` and `timediff_gt`: how many seconds ago a moment was.

use jiff::civil::{Date, DateTime, Time};
use serde_json::Value;
use squall_model::Timestamp;

use super::Says::{No, Raises, Yes};
use super::{Example, Operator};
use crate::python::{OperatorError, ordered, raise, type_name};

/// Spellings besides ISO 8601 that packs were seen to send; without an offset they are UTC.
const SPELLINGS: [&str; 6] = [
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%a %b %d %H:%M:%S %Y",
    "%d %b %Y %H:%M:%S",
    "%b %d %Y %H:%M:%S",
    "%Y%m%dT%H%M%S",
];

fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(date) = bare_number(text, now) {
        return utc(date.to_datetime(Time::midnight()));
    }
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    if let Ok(moment) = jiff::fmt::rfc2822::parse(text) {
        return Some(Timestamp::from_jiff(moment.timestamp()));
    }
    utc(SPELLINGS.iter().find_map(|spelling| DateTime::strptime(spelling, text.trim()).ok())?)
}

fn utc(local: DateTime) -> Option<Timestamp> {
    jiff::tz::Offset::UTC.to_timestamp(local).ok().map(Timestamp::from_jiff)
}

/// Python's parsers take digits for a day of this month, a year, or a date, by their number.
fn bare_number(text: &str, now: Timestamp) -> Option<Date> {
    let number: i32 = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())??;
    let today = jiff::tz::Offset::UTC.to_datetime(now.to_jiff()).date();
    let (year, month, day) = match text.len() {
        1 | 2 => (today.year().into(), today.month().into(), number),
        4 => (number, 1, 1),
        8 => (number / 10_000, number / 100 % 100, number % 100),
        _ => return None,
    };
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn seconds(pattern: &Value) -> Result<f64, OperatorError> {
    match pattern {
        Value::Bool(value) => Ok(f64::from(u8::from(*value))),
        Value::Number(number) => Ok(number.as_f64().unwrap_or(f64::MAX)),
        Value::String(text) => match text.trim().parse() {
            Ok(number) => Ok(number),
            Err(_) => raise(format!("could not convert string to float: '{text}'")),
        },
        other => raise(format!("float() argument must be a string or a real number, not '{}'", type_name(other))),
    }
}

fn compared(symbol: char, value: &Value, pattern: &Value, now: Timestamp) -> Result<bool, OperatorError> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        other => other.to_string(),
    };
    let Some(moment) = moment(&text, now) else { return raise(format!("Unknown string format: {text}")) };
    let elapsed = (now.as_micros().saturating_sub(moment.as_micros())) as f64 / 1_000_000.0;
    ordered(symbol, &Value::from(elapsed), &Value::from(seconds(pattern)?))
}

pub(super) const TABLE: &[Operator] = &[
    Operator {
        names: &["timediff_lt", "td_lt"],
        takes_null_pattern: false,
        apply: |value, pattern, now| compared('<', value, pattern, now),
        // The examples are looked at on 2026-01-01 at midnight (UTC).
        examples: &[
            Example("\"2025-12-31T23:30:00Z\"", "3600", Yes),
            Example("\"2025-12-31 22:30:00\"", "3600", No),
            Example("\"2026-01-01T02:30:00+03:00\"", "\"3600\"", Yes),
            Example("\"Wed, 31 Dec 2025 23:59:00 +0000\"", "3600", Yes),
            Example("\"2030-01-01\"", "0", Yes),
            Example("\"notatime\"", "3600", Raises("Unknown string format: notatime")),
            Example("null", "3600", Raises("Unknown string format: None")),
            Example("\"2025-12-31\"", "\"x\"", Raises("could not convert string to float: 'x'")),
        ],
    },
    Operator {
        names: &["timediff_gt", "td_gt"],
        takes_null_pattern: false,
        apply: |value, pattern, now| compared('>', value, pattern, now),
        examples: &[
            Example("\"2025-12-31T22:30:00.000000Z\"", "3600", Yes),
            Example("\"2025/12/31 23:30:00\"", "3600", No),
            Example("5", "0", No),
            Example("1", "-1", Yes),
            Example("20251231", "3600", Yes),
        ],
    },
];
