//! `timediff_lt` and `timediff_gt`: how many seconds ago a moment was.

use jiff::civil::DateTime;
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

fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    if let Ok(moment) = jiff::fmt::rfc2822::parse(text) {
        return Some(Timestamp::from_jiff(moment.timestamp()));
    }
    let local = SPELLINGS.iter().find_map(|spelling| DateTime::strptime(spelling, text.trim()).ok())?;
    jiff::tz::Offset::UTC.to_timestamp(local).ok().map(Timestamp::from_jiff)
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
    let Value::String(text) = value else {
        return raise(format!("Parser must be a string or character stream, not {}", type_name(value)));
    };
    let Some(moment) = moment(text) else { return raise(format!("Unknown string format: {text}")) };
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
            Example("5", "3600", Raises("Parser must be a string or character stream, not int")),
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
        ],
    },
];
