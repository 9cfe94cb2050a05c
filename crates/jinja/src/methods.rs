//! Methods of Python's values: those here, then those that minijinja's own compatibility layer has.

mod strings;

use minijinja::{
    Error, ErrorKind, State,
    value::{Value as Jinja, ValueKind, from_args},
};

use crate::{builtin, convert, error::HostError, owned, python};

const MUTATORS: &[&str] = &[
    "append",
    "extend",
    "insert",
    "pop",
    "popitem",
    "remove",
    "reverse",
    "sort",
    "clear",
    "update",
    "setdefault",
    "add",
    "discard",
];

/// Calls a method that the engine itself doesn't know.
pub(crate) fn call(state: &mut State<'_, '_>, value: &Jinja, method: &str, given: &[Jinja]) -> Result<Jinja, Error> {
    if method.ends_with("split") || method == "splitlines" {
        charge_pieces(state, value, given)?;
    }
    let known = match value.kind() {
        ValueKind::String => strings::call(value.as_str().unwrap_or_default(), method, given)?,
        ValueKind::Seq => sequence(value, method, given)?,
        ValueKind::Map => map(value, method, given)?,
        ValueKind::Number => number(value, method, given)?,
        _ => None,
    };
    let answer = match known {
        Some(answer) => answer,
        None => builtin::delegate(state, value, method, given)?,
    };
    owned::own(&answer)
}

/// Charges for the parts that a text will fall into, before they are made.
fn charge_pieces(state: &State<'_, '_>, value: &Jinja, given: &[Jinja]) -> Result<(), Error> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let pieces = match given.first().and_then(Jinja::as_str) {
        Some(separator) if !separator.is_empty() => text.matches(separator).count(),
        _ => text.split_ascii_whitespace().count(),
    };
    state.consume_fuel(pieces as u64)
}

fn immutable(method: &str) -> Error {
    Error::new(
        ErrorKind::InvalidOperation,
        format!("`{method}` would change a value, and values can't be changed here"),
    )
}

fn sequence(value: &Jinja, method: &str, given: &[Jinja]) -> Result<Option<Jinja>, Error> {
    Ok(match method {
        "index" => {
            let (wanted,): (&Jinja,) = from_args(given)?;
            for (index, item) in value.try_iter()?.enumerate() {
                if item == *wanted {
                    return Ok(Some(Jinja::from(index)));
                }
            }
            let wanted = python::repr(&convert::to_json(wanted)?);
            return Err(HostError::new("ValueError", format!("{wanted} is not in list")).into());
        }
        "copy" => Some(value.clone()),
        _ if MUTATORS.contains(&method) => return Err(immutable(method)),
        _ => None,
    })
}

fn map(value: &Jinja, method: &str, given: &[Jinja]) -> Result<Option<Jinja>, Error> {
    Ok(match method {
        "keys" => {
            let () = from_args(given)?;
            Some(value.try_iter()?.collect())
        }
        "copy" => Some(value.clone()),
        _ if MUTATORS.contains(&method) => return Err(immutable(method)),
        _ => None,
    })
}

fn number(value: &Jinja, method: &str, given: &[Jinja]) -> Result<Option<Jinja>, Error> {
    let () = match method {
        "bit_length" | "is_integer" => from_args(given)?,
        _ => return Ok(None),
    };
    if method == "bit_length" && value.is_integer() {
        let magnitude = i128::try_from(value.clone())?.unsigned_abs();
        return Ok(Some(Jinja::from(u128::BITS - magnitude.leading_zeros())));
    }
    if method == "is_integer" {
        let float = f64::try_from(value.clone())?;
        return Ok(Some(Jinja::from(float.fract() == 0.0)));
    }
    Ok(None)
}
