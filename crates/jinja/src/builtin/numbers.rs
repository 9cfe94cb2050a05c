//! `int`, `float`, `filesizeformat`.

use minijinja::{
    Error, ErrorKind,
    value::{Kwargs, Value as Jinja, ValueKind},
};

use super::{option, text};
use crate::error::HostError;

fn refuse_undefined(value: &Jinja) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined"));
    }
    Ok(())
}

/// Returns a number, or the default (0) for what is none.
pub(super) fn int(value: &Jinja, default: Option<Jinja>, base: Option<u32>, keywords: Kwargs) -> Result<Jinja, Error> {
    refuse_undefined(value)?;
    let default = option(default, &keywords, "default")?.unwrap_or_else(|| Jinja::from(0));
    let base = option(base, &keywords, "base")?.unwrap_or(10);
    keywords.assert_all_used()?;
    if value.kind() == ValueKind::Bool {
        return Ok(Jinja::from(i64::from(value.is_true())));
    }
    if value.is_integer() {
        return Ok(value.clone());
    }
    if value.is_number() {
        return Ok(truncated(f64::try_from(value.clone())?).unwrap_or(default));
    }
    if matches!(value.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::Iterable | ValueKind::None) {
        return Ok(default);
    }
    let text = text(value)?;
    let text = text.trim();
    if let Some(whole) = whole(text, base) {
        return Ok(Jinja::from(whole));
    }
    Ok(parse_float(text).and_then(truncated).unwrap_or(default))
}

fn whole(text: &str, base: u32) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefix = match base {
        16 => ["0x", "0X"],
        8 => ["0o", "0O"],
        2 => ["0b", "0B"],
        3..=36 => ["", ""],
        _ => return None,
    };
    let digits = prefix.iter().find_map(|prefix| digits.strip_prefix(prefix)).unwrap_or(digits);
    let starts_and_ends_well = !digits.starts_with(['_', '+', '-']) && !digits.ends_with('_');
    let magnitude = i128::from_str_radix(&digits.replace('_', ""), base).ok().filter(|_| starts_and_ends_well)?;
    Some(if negative { -magnitude } else { magnitude })
}

fn truncated(float: f64) -> Option<Jinja> {
    float.is_finite().then(|| Jinja::from(float.trunc() as i128))
}

fn parse_float(text: &str) -> Option<f64> {
    text.replace('_', "").parse().ok()
}

/// Returns a float, or the default (0.0) for what is none.
pub(super) fn float(value: &Jinja, default: Option<Jinja>, keywords: Kwargs) -> Result<Jinja, Error> {
    refuse_undefined(value)?;
    let default = option(default, &keywords, "default")?.unwrap_or_else(|| Jinja::from(0.0));
    keywords.assert_all_used()?;
    Ok(match value.kind() {
        ValueKind::Bool => Jinja::from(f64::from(u8::from(value.is_true()))),
        ValueKind::Number => Jinja::from(f64::try_from(value.clone())?),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable | ValueKind::None => default,
        _ => parse_float(text(value)?.trim()).map_or(default, Jinja::from),
    })
}

/// Returns a number of bytes for people.
pub(super) fn filesizeformat(value: &Jinja, binary: Option<bool>, keywords: Kwargs) -> Result<String, Error> {
    let binary = option(binary, &keywords, "binary")?.unwrap_or(false);
    let bytes = f64::try_from(float(value, None, keywords)?)?;
    let (base, prefixes) = if binary {
        (1024.0, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"])
    } else {
        (1000.0, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"])
    };
    if bytes == 1.0 {
        return Ok("1 Byte".to_owned());
    }
    if bytes < base {
        return Ok(format!("{} Bytes", bytes.trunc()));
    }
    let mut unit = base;
    for prefix in prefixes {
        if bytes < unit * base {
            return Ok(format!("{:.1} {prefix}", bytes / unit));
        }
        unit *= base;
    }
    Ok(format!("{:.1} {}", bytes / (unit / base), prefixes[prefixes.len() - 1]))
}

/// Returns Python's `%` of two numbers, whose sign is that of the right one.
pub(super) fn remainder(left: &Jinja, right: &Jinja) -> Result<Jinja, Error> {
    for value in [left, right] {
        refuse_undefined(value)?;
        if !matches!(value.kind(), ValueKind::Number | ValueKind::Bool) {
            let message = format!("tried to use % operator on unsupported types {} and {}", left.kind(), right.kind());
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
    }
    let whole = |value: &Jinja| match value.kind() {
        ValueKind::Bool => Some(i128::from(value.is_true())),
        _ if value.is_integer() => i128::try_from(value.clone()).ok(),
        _ => None,
    };
    if let (Some(dividend), Some(divisor)) = (whole(left), whole(right)) {
        if divisor == 0 {
            return Err(HostError::new("ZeroDivisionError", "integer modulo by zero").into());
        }
        let rest = dividend.wrapping_rem(divisor);
        let rest = if rest != 0 && (rest < 0) != (divisor < 0) { rest + divisor } else { rest };
        return Ok(i64::try_from(rest).map_or_else(|_| Jinja::from(rest), Jinja::from));
    }
    let (dividend, divisor) = (f64::try_from(left.clone())?, f64::try_from(right.clone())?);
    if divisor == 0.0 {
        return Err(HostError::new("ZeroDivisionError", "float modulo").into());
    }
    let rest = dividend % divisor;
    Ok(Jinja::from(if rest != 0.0 && (rest < 0.0) != (divisor < 0.0) { rest + divisor } else { rest }))
}
