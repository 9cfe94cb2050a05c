//! From rendered text to the type that a schema names. Counterpart: st2common/util/casts.py.

use serde_json::{Number, Value};
use squall_jinja::{filters::NONE_MAGIC, python};

use crate::{MASK, ParameterError, literal};

/// Casts a value to the type of its parameter's schema; null and values without a type stay as they are.
pub fn cast(value: Value, schema: &Value) -> Result<Value, ParameterError> {
    if value.is_null() {
        return Ok(value);
    }
    let outcome = match schema.get("type").and_then(Value::as_str) {
        Some("array" | "object") => structure(value),
        Some("boolean") => boolean(value),
        Some("integer") => integer(value),
        Some("number") => float(value),
        Some("string") => string(value),
        _ => Ok(value),
    };
    outcome.map_err(|reason| ParameterError::Cast(if is_secret(schema) { refused_secret(schema) } else { reason }))
}

fn is_secret(schema: &Value) -> bool {
    schema.get("secret").and_then(Value::as_bool).unwrap_or(false)
}

/// What is wrong with a secret is said without it.
fn refused_secret(schema: &Value) -> String {
    let wanted = schema.get("type").and_then(Value::as_str).unwrap_or("any");
    format!("Value \"{MASK}\" is not of type \"{wanted}\".")
}

fn without_magic(value: Value) -> Value {
    if value.as_str() == Some(NONE_MAGIC) { Value::Null } else { value }
}

fn structure(value: Value) -> Result<Value, String> {
    match without_magic(value) {
        Value::String(text) => serde_json::from_str(&text).or_else(|_| literal::parse(&text)),
        other => Ok(other),
    }
}

fn boolean(value: Value) -> Result<Value, String> {
    match without_magic(value) {
        Value::String(text) => literal::parse(&capitalized(&text)),
        other => Ok(other),
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + &characters.as_str().to_lowercase()
}

fn integer(value: Value) -> Result<Value, String> {
    match without_magic(value) {
        Value::Bool(boolean) => Ok(i64::from(boolean).into()),
        Value::Number(number) if number.is_f64() => Ok((number.as_f64().unwrap_or_default().trunc() as i64).into()),
        Value::Number(number) => Ok(Value::Number(number)),
        Value::String(text) => match text.trim().replace('_', "").parse::<i64>() {
            Ok(whole) => Ok(whole.into()),
            Err(_) => Err(format!("invalid literal for int() with base 10: {}", python::repr(&Value::String(text)))),
        },
        other => Err(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            type_name(&other)
        )),
    }
}

fn float(value: Value) -> Result<Value, String> {
    match without_magic(value) {
        Value::Bool(boolean) => Ok(f64::from(u8::from(boolean)).into()),
        Value::Number(number) => Ok(number.as_f64().unwrap_or_default().into()),
        Value::String(text) => {
            let float = text.trim().replace('_', "").parse().ok().and_then(Number::from_f64);
            let refused =
                || format!("could not convert string to float: {}", python::repr(&Value::String(text.clone())));
            float.map(Value::Number).ok_or_else(refused)
        }
        other => Err(format!("float() argument must be a string or a real number, not '{}'", type_name(&other))),
    }
}

fn string(value: Value) -> Result<Value, String> {
    if value.is_string() {
        return Ok(without_magic(value));
    }
    let (text, name) = (python::text(&value), type_name(&value));
    Err(format!("Value \"{text}\" must either be a string or None. Got \"{name}\"."))
}

fn type_name(value: &Value) -> &'static str {
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
