//! Contexts (`let`, `with`, `def`, `->`), attributes and calls by name. Answers to system.py.

use super::{Call, Default, Outcome, Overload, Parameter, Type, Value, any, iterable, lambda, mapping, text};
use crate::error::EvaluationError;
use crate::evaluate::{Argument, Frame, Machine};
use crate::value::{Cursor, Kind, Memory, Stream};

pub(super) const TABLE: &[Overload] = &[
    Overload::method("unpack", &[iterable("sequence")], unpack)
        .rest(text("args"))
        .examples(&[("[4, 5].unpack(a, b) -> $a + $b", "9"), ("[4, 5].unpack() -> $1 - $2", "-1")]),
    Overload::function("with", &[], |call| context(call.frame.with(call.rest.clone(), Vec::new(), call.machine)?))
        .rest(any("args"))
        .examples(&[("with(a, b) -> $2 + $1", "\"ba\"")]),
    Overload::function("let", &[], |call| {
        context(call.frame.with(call.rest.clone(), call.keywords.clone(), call.machine)?)
    })
    .rest(any("args"))
    .any_keywords()
    .examples(&[("let(1, b => 2) -> $ + $b", "3"), ("let(x => 1) -> let(y => $x) -> $y + $x", "2")]),
    Overload::function("def", &[text("name"), lambda("func")], |call| {
        context(call.frame.with_function(&call.text(0)?, call.lambda(1)?, call.machine)?)
    })
    .examples(&[("def(twice, $ * 2) -> [1, 2].select(twice($))", "[2, 4]")]),
    Overload::method(
        "assert",
        &[any("obj"), lambda("condition"), text("message").or(Default::Text("Assertion failed"))],
        assert,
    )
    .examples(&[("5.assert($ > 1)", "5"), ("[3].select($).assert($.any()).first()", "3")]),
    Overload::function(
        "call",
        &[text("name"), Parameter::new("args", Type::Sequence), mapping("kwargs"), any("receiver").or(Default::Absent)],
        call_by_name,
    )
    .examples(&[("call(len, [abc], {})", "3"), ("call(toUpper, [], {}, abc)", "\"ABC\"")]),
];

/// Only where values may be called.
pub(super) const DELEGATES: &[Overload] = &[
    Overload::function("#call", &[Parameter::new("callable", Type::Callable)], |call| {
        call.lambda(0)?.call_named(call.rest.clone(), call.keywords.clone(), call.machine)
    })
    .rest(any("args"))
    .any_keywords(),
    Overload::function("lambda", &[lambda("func")], |call| Ok(call.value(0))),
];

fn context(frame: Frame<'_>) -> Outcome<Value<'_>> {
    Ok(Kind::Context(frame).into())
}

fn unpack<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    let mut items = Vec::new();
    let enough = if call.rest.is_empty() { usize::MAX } else { call.rest.len() + 1 };
    while items.len() < enough
        && let Some(item) = cursor.next(call.machine)?
    {
        call.machine.charge_item()?;
        items.push(item);
    }
    if call.rest.is_empty() {
        return context(call.frame.with(items, Vec::new(), call.machine)?);
    }
    if items.len() != call.rest.len() {
        let message = format!("Cannot unpack {} elements into {}", items.len(), call.rest.len());
        return Err(EvaluationError::value_error(message));
    }
    let names = call.rest.iter().map(|name| call.machine.text_of(name)).collect::<Outcome<Vec<_>>>()?;
    context(call.frame.with(Vec::new(), names.into_iter().zip(items).collect(), call.machine)?)
}

fn assert<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let object = memorized(call.value(0), call.machine)?;
    if call.lambda(1)?.call(vec![object.clone()], call.machine)?.is_true() {
        return Ok(object);
    }
    Err(EvaluationError::new("AssertionError", &*call.text(2)?))
}

/// A stream as one that can be walked again; other values as they are.
pub(super) fn memorized<'v>(value: Value<'v>, machine: &Machine<'v>) -> Outcome<Value<'v>> {
    if !matches!(value.kind(), Some(Kind::Stream(_))) {
        return Ok(value);
    }
    let depth = value.depth();
    Ok(match Cursor::over(&value, machine)? {
        Some(cursor) => Kind::Stream(Stream::remembered(Memory::new(cursor, depth))).into(),
        None => value,
    })
}

fn call_by_name<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let positional = call.list(1)?.iter().map(Argument::Value).collect();
    let keywords = call.dict(2)?;
    let named = keywords.iter().map(|(key, value)| Ok((call.machine.text_of(&key)?, Argument::Value(value))));
    let named = named.collect::<Outcome<Vec<_>>>()?;
    call.machine.nested(|| call.machine.call_with(&call.text(0)?, call.given(3), positional, named, &call.frame))
}

/// `value.name`: a key of a dictionary, the attribute of every item of a collection, or a property.
pub(crate) fn attribute<'v>(
    machine: &Machine<'v>,
    value: &Value<'v>,
    name: &'v str,
    frame: &Frame<'v>,
) -> Outcome<Value<'v>> {
    machine.charge(1)?;
    if let Value::Dict(dict) = value {
        return match dict.get(&Value::String(name.into()), Some(machine))? {
            Some(item) => Ok(item),
            None if machine.is_legacy() => Ok(Value::Null),
            None => Err(key_error(machine, &Value::String(name.into()))),
        };
    }
    let is_collection = Parameter::new("", Type::Iterable).takes(value);
    if is_collection && let Some(mut cursor) = Cursor::over(value, machine)? {
        let frame = frame.clone();
        let depth = value.depth();
        machine.check_depth(depth / 4 + 1)?;
        let stream = Stream::new(depth, move |machine| match cursor.next(machine)? {
            Some(item) => attribute(machine, &item, name, &frame).map(Some),
            None => Ok(None),
        });
        return Ok(Kind::Stream(stream).into());
    }
    let property = Argument::Value(value.clone());
    machine.call(&format!("#property#{name}"), None, vec![property], frame)
}

pub(super) fn key_error<'v>(machine: &Machine<'v>, key: &Value<'v>) -> EvaluationError {
    let text = match key {
        Value::String(text) => crate::value::python_repr(&Value::String(text.clone())),
        other => machine.shown(other),
    };
    EvaluationError::new("KeyError", text)
}
