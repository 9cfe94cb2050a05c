//! Values between JSON and the engine.

use std::sync::Arc;

use minijinja::{
    Error, ErrorKind, State,
    value::{Kwargs, Value as Jinja, ValueKind},
};
use serde_json::{Map, Number, Value};

use crate::{
    context::LazyText,
    limits::UNLIMITED,
    owned::{self, Shape},
};

/// Lists and maps inside each other that come back out of an expression.
const DEPTH: usize = 100;
/// Bytes of memory, about, of a value that comes back out of an expression.
const WEIGHT: usize = 32 << 20;
/// Bytes of one value, and what a list or map takes besides, and an entry of a map.
const SCALAR: usize = 72;
const CONTAINER: usize = 48;
const ENTRY: usize = 80;
/// Bytes of anything in a [`weight`], beside those of its text.
const BASE: usize = 16;

/// Returns the engine's value of a JSON value.
pub(crate) fn from_json(value: &Value) -> Jinja {
    match value {
        Value::Null => Jinja::from(()),
        Value::Bool(boolean) => Jinja::from(*boolean),
        Value::Number(number) => from_number(number),
        Value::String(text) => Jinja::from(text.as_str()),
        Value::Array(items) => owned::list(Arc::new(items.iter().map(from_json).collect()), Shape::List),
        Value::Object(pairs) => {
            owned::map(pairs.iter().map(|(key, value)| (Jinja::from(key.as_str()), from_json(value))).collect())
        }
    }
}

fn from_number(number: &Number) -> Jinja {
    if let Some(signed) = number.as_i64() {
        return Jinja::from(signed);
    }
    match number.as_u64() {
        Some(unsigned) => Jinja::from(unsigned),
        None => Jinja::from(number.as_f64().unwrap_or_default()),
    }
}

/// Returns the JSON value of what an expression gave; an undefined value anywhere inside is an error.
pub(crate) fn to_json(value: &Jinja) -> Result<Value, Error> {
    weighed(value).map(|(value, _)| value)
}

/// The same, and the [`weight`] of the value.
pub(crate) fn weighed(value: &Jinja) -> Result<(Value, usize), Error> {
    let mut scales = Scales { left: WEIGHT, weight: 0 };
    Ok((to_json_at(value, 0, &mut scales)?, scales.weight))
}

/// What may still be made, and the [`weight`] of what was.
struct Scales {
    left: usize,
    weight: usize,
}

impl Scales {
    fn put(&mut self, bytes: usize, text: usize) -> Result<(), Error> {
        self.left = self.left.checked_sub(bytes + text).ok_or_else(|| Error::from(ErrorKind::OutOfFuel))?;
        self.weight += BASE + text;
        Ok(())
    }
}

fn to_json_at(value: &Jinja, depth: usize, scales: &mut Scales) -> Result<Value, Error> {
    if depth > DEPTH {
        return Err(Error::new(ErrorKind::InvalidOperation, "the value is nested too deeply"));
    }
    // A list can hold the same list twice, and that one another: what is small here can be endless as a tree.
    let own = if value.as_object().is_some() { CONTAINER } else { 0 };
    scales.put(SCALAR + own, value.as_str().map_or(0, str::len))?;
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined")),
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => to_number(value)?,
        ValueKind::String => Value::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Bytes => Value::String(String::from_utf8_lossy(value.as_bytes().unwrap_or_default()).into_owned()),
        ValueKind::Seq | ValueKind::Iterable => {
            let mut items = Vec::with_capacity(value.len().unwrap_or_default());
            for item in value.try_iter()?.checked() {
                items.push(to_json_at(&item?, depth + 1, scales)?);
            }
            Value::Array(items)
        }
        ValueKind::Map => {
            let mut pairs = Map::new();
            for key in value.try_iter()?.checked() {
                let key = key?;
                scales.put(ENTRY, key.as_str().map_or(0, str::len))?;
                let item = to_json_at(&value.get_item(&key)?, depth + 1, scales)?;
                pairs.insert(key_text(&key)?, item);
            }
            Value::Object(pairs)
        }
        _ => match value.downcast_object_ref::<LazyText>() {
            Some(lazy) => Value::String(lazy.text()?),
            None => return Err(Error::new(ErrorKind::BadSerialization, format!("`{value}` is not a plain value"))),
        },
    })
}

fn key_text(key: &Jinja) -> Result<String, Error> {
    match key.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Ok(to_json(key)?.to_string()),
    }
}

fn to_number(value: &Jinja) -> Result<Value, Error> {
    if value.is_integer() {
        if let Ok(signed) = i64::try_from(value.clone()) {
            return Ok(signed.into());
        }
        if let Ok(unsigned) = u64::try_from(value.clone()) {
            return Ok(unsigned.into());
        }
    }
    let float = f64::try_from(value.clone())?;
    Ok(Number::from_f64(float).map_or(Value::Null, Value::Number))
}

/// Returns the arguments of a call as JSON, positional and by keyword, and charges the engine for their size.
pub(crate) fn arguments(state: &State<'_, '_>, given: &[Jinja]) -> Result<(Vec<Value>, Map<String, Value>), Error> {
    let (positional, keywords) = split(given)?;
    let mut size = 0;
    let mut argument = |value: &Jinja| {
        let (value, weight) = weighed(value)?;
        size += weight;
        Ok::<_, Error>(value)
    };
    let positional = positional.iter().map(&mut argument).collect::<Result<Vec<_>, _>>()?;
    let mut named = Map::new();
    if let Some(keywords) = keywords {
        for name in keywords.args() {
            named.insert(name.to_owned(), argument(&keywords.peek::<Jinja>(name)?)?);
        }
    }
    if !UNLIMITED {
        state.consume_fuel(1 + size as u64 / 16)?;
    }
    Ok((positional, named))
}

/// Splits the engine's argument list into positional arguments and keywords.
pub(crate) fn split(given: &[Jinja]) -> Result<(&[Jinja], Option<Kwargs>), Error> {
    match given.split_last() {
        Some((last, positional)) if last.is_kwargs() => Ok((positional, Some(Kwargs::try_from(last.clone())?))),
        _ => Ok((given, None)),
    }
}

/// Returns about how many bytes a value takes where it is stored.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => BASE + text.len(),
        Value::Array(items) => BASE + items.iter().map(weight).sum::<usize>(),
        Value::Object(pairs) => BASE + pairs.iter().map(|(key, value)| BASE + key.len() + weight(value)).sum::<usize>(),
        _ => BASE,
    }
}
