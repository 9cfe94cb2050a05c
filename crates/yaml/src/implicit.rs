//! What a plain scalar is by its spelling alone. Counterpart: yaml/resolver.py (YAML 1.1's implicit types).

use crate::timestamp;

/// The type that the spelling of an untagged plain scalar implies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Implicit {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Merge,
    /// `=`, a type that SafeLoader knows but can't construct.
    Value,
    Str,
}

const BOOLEANS: [&str; 18] = [
    "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON", "off",
    "Off", "OFF",
];

/// Returns the type of a plain scalar.
pub(crate) fn resolve(text: &str) -> Implicit {
    match text.as_bytes().first() {
        None => Implicit::Null,
        Some(b'~' | b'n' | b'N') if matches!(text, "~" | "null" | "Null" | "NULL") => Implicit::Null,
        Some(b'<') if text == "<<" => Implicit::Merge,
        Some(b'=') if text == "=" => Implicit::Value,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') if BOOLEANS.contains(&text) => {
            Implicit::Bool
        }
        Some(b'-' | b'+' | b'.' | b'0'..=b'9') => numeric(text),
        Some(_) => Implicit::Str,
    }
}

fn numeric(text: &str) -> Implicit {
    if is_float(text) {
        Implicit::Float
    } else if is_int(text) {
        Implicit::Int
    } else if timestamp::looks_like(text) {
        Implicit::Timestamp
    } else {
        Implicit::Str
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

fn digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn is_int(text: &str) -> bool {
    let body = unsigned(text);
    if let Some(digits) = body.strip_prefix("0b") {
        return all(digits, |byte| matches!(byte, b'0' | b'1' | b'_'));
    }
    if let Some(digits) = body.strip_prefix("0x") {
        return all(digits, |byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    if let Some(digits) = body.strip_prefix('0') {
        return all(digits, |byte| matches!(byte, b'0'..=b'7' | b'_')) || digits.is_empty();
    }
    let (head, sixties) = body.split_once(':').map_or((body, None), |(head, rest)| (head, Some(rest)));
    head.starts_with(|first: char| first.is_ascii_digit())
        && all(head, digit_or_underscore)
        && sixties.is_none_or(are_sixties)
}

/// `[0-5]?[0-9]` parts between colons.
fn are_sixties(text: &str) -> bool {
    text.split(':').all(|part| match part.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [b'0'..=b'5', digit] => digit.is_ascii_digit(),
        _ => false,
    })
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let Some((whole, rest)) = body.split_once('.') else { return false };
    let (fraction, exponent) = rest.split_once(['e', 'E']).map_or((rest, None), |(fraction, e)| (fraction, Some(e)));
    let exponent_fits =
        exponent.is_none_or(|e| e.starts_with(['-', '+']) && all(unsigned(e), |byte| byte.is_ascii_digit()));
    let fraction_fits = fraction.bytes().all(digit_or_underscore);
    if whole.is_empty() {
        let starts_with_digit = fraction.starts_with(|first: char| first.is_ascii_digit());
        return body.len() == text.len() && starts_with_digit && fraction_fits && exponent_fits;
    }
    if !whole.starts_with(|first: char| first.is_ascii_digit()) || !fraction_fits {
        return false;
    }
    match whole.split_once(':') {
        None => all(whole, digit_or_underscore) && exponent_fits,
        Some((head, sixties)) => all(head, digit_or_underscore) && are_sixties(sixties) && exponent.is_none(),
    }
}
