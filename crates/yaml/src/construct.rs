//! The value of a scalar, by its tag or by its spelling. Counterpart: yaml/constructor.py (SafeConstructor).

use serde_json::{Number, Value};

use crate::{
    implicit::{Implicit, resolve},
    timestamp,
};

/// A scalar as a mapping or a list receives it.
pub(crate) enum Scalar {
    Value(Value),
    /// A plain `<<`.
    Merge,
}

/// Returns the value of a scalar; `tag` is the name behind `!!`, and only a plain scalar is judged by its spelling.
pub(crate) fn scalar(text: &str, plain: bool, tag: Option<&str>) -> Result<Scalar, String> {
    let implied = match tag {
        Some(tag) => by_tag(tag)?,
        None if plain => resolve(text),
        None => Implicit::Str,
    };
    let value = match implied {
        Implicit::Merge => return Ok(Scalar::Merge),
        Implicit::Value => return Err(no_constructor("tag:yaml.org,2002:value")),
        Implicit::Null => Value::Null,
        Implicit::Bool => Value::Bool(boolean(text)?),
        Implicit::Int => Value::Number(integer(text)?),
        Implicit::Float => float(text)?.map_or(Value::Null, Value::Number),
        Implicit::Timestamp => Value::String(timestamp::normalize(text)?),
        Implicit::Str if tag == Some("binary") => Value::String(text.split_whitespace().collect()),
        Implicit::Str => Value::String(text.to_owned()),
    };
    Ok(Scalar::Value(value))
}

/// Returns what PyYAML says of a tag that it has no constructor for.
pub(crate) fn no_constructor(tag: &str) -> String {
    format!("could not determine a constructor for the tag '{tag}'")
}

fn by_tag(tag: &str) -> Result<Implicit, String> {
    match tag {
        "str" | "binary" => Ok(Implicit::Str),
        "null" => Ok(Implicit::Null),
        "bool" => Ok(Implicit::Bool),
        "int" => Ok(Implicit::Int),
        "float" => Ok(Implicit::Float),
        "timestamp" => Ok(Implicit::Timestamp),
        "merge" => Ok(Implicit::Merge),
        other => Err(no_constructor(&format!("tag:yaml.org,2002:{other}"))),
    }
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(true),
        "no" | "false" | "off" => Ok(false),
        _ => Err(format!("`{text}` is not a boolean")),
    }
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn integer(text: &str) -> Result<Number, String> {
    let refused = || format!("`{text}` is not an integer");
    let clean = text.replace('_', "");
    let (negative, body) = signed(&clean);
    let (digits, radix) = match body.as_bytes() {
        [b'0', b'b', ..] => (&body[2..], 2),
        [b'0', b'x', ..] => (&body[2..], 16),
        [b'0', _, ..] => (&body[1..], 8),
        _ => (body, 10),
    };
    let parts: Vec<&str> = digits.split(':').collect();
    if parts.len() == 1 {
        return radix_integer(digits, radix, negative).ok_or_else(refused);
    }
    let mut total = 0_i128;
    for part in parts {
        let part: i128 = part.parse().map_err(|_| refused())?;
        total = total.checked_mul(60).and_then(|sixty| sixty.checked_add(part)).ok_or_else(refused)?;
    }
    number(if negative { -total } else { total }).ok_or_else(refused)
}

fn radix_integer(digits: &str, radix: u32, negative: bool) -> Option<Number> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    match i128::from_str_radix(digits, radix) {
        Ok(magnitude) => number(if negative { -magnitude } else { magnitude }),
        Err(_) => {
            let magnitude = digits
                .chars()
                .filter_map(|digit| digit.to_digit(radix))
                .fold(0.0_f64, |sum, digit| sum.mul_add(f64::from(radix), f64::from(digit)));
            Number::from_f64(if negative { -magnitude } else { magnitude })
        }
    }
}

fn number(whole: i128) -> Option<Number> {
    if let Ok(small) = i64::try_from(whole) {
        return Some(small.into());
    }
    match u64::try_from(whole) {
        Ok(big) => Some(big.into()),
        Err(_) => Number::from_f64(whole as f64),
    }
}

/// Returns a float, or none where JSON has no such number.
fn float(text: &str) -> Result<Option<Number>, String> {
    let refused = |_| format!("`{text}` is not a float");
    let clean = text.replace('_', "").to_ascii_lowercase();
    let (negative, body) = signed(&clean);
    if matches!(body, ".inf" | ".nan") {
        return Ok(None);
    }
    let mut magnitude = 0.0_f64;
    for part in body.split(':') {
        magnitude = magnitude.mul_add(60.0, part.parse::<f64>().map_err(refused)?);
    }
    Ok(Number::from_f64(if negative { -magnitude } else { magnitude }))
}
