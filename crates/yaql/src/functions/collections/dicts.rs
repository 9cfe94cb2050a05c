//! Dictionaries.

use std::rc::Rc;

use super::super::system::key_error;
use super::super::{
    Call, Default, Outcome, Overload, Parameter, Type, Value, any, iterable, lambda, mapping, optional_lambda,
};
use crate::error::EvaluationError;
use crate::evaluate::Machine;
use crate::value::{Cursor, DictBuilder, Internal, Kind, View, ViewKind, equals};

const DICT: Parameter = mapping("dict");
const PAIRS: Parameter = Parameter::new("args", Type::Pair);

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::function("dict", &[], from_pairs)
        .rest(PAIRS)
        .no_keywords()
        .examples(&[("dict(a => 1, 2 => b)", "{\"a\": 1, \"2\": \"b\"}"), ("dict()", "{}")]),
    Overload::function("#map", &[], from_pairs)
        .rest(PAIRS)
        .no_keywords()
        .examples(&[("{a => 1, a => 2}", "{\"a\": 2}")]),
    Overload::function("dict", &[iterable("items")], from_items)
        .no_keywords()
        .examples(&[("dict([[a, 1], [b, 2]])", "{\"a\": 1, \"b\": 2}")]),
    Overload::method(
        "toDict",
        &[iterable("collection"), lambda("keySelector"), optional_lambda("valueSelector")],
        to_dict,
    )
    .examples(&[("[a, bb].toDict($, $.len())", "{\"a\": 1, \"bb\": 2}")]),
    Overload::function("#indexer", &[DICT, any("key")], |call| {
        let key = call.value(1);
        call.dict(0)?.get(&key, Some(call.machine))?.ok_or_else(|| key_error(call.machine, &key))
    })
    .examples(&[("{a => 1}[a]", "1"), ("{a => {b => 2}}[a][b]", "2")]),
    Overload::function("#indexer", &[DICT, any("key"), any("default")], get_or_default)
        .examples(&[("{a => 1}[b, 7]", "7")]),
    Overload::method("get", &[DICT, any("key"), any("default").or(Default::Null)], get_or_default).examples(&[
        ("{a => 1}.get(b)", "null"),
        ("{a => 1}.get(b, 2)", "2"),
        ("{a => null}.get(a, 2)", "null"),
    ]),
    Overload::method("set", &[DICT, any("key"), any("value")], |call| {
        with_entries(call, vec![(call.value(1), call.value(2))])
    })
    .no_keywords()
    .examples(&[("{a => 1}.set(b, 2)", "{\"a\": 1, \"b\": 2}")]),
    Overload::method("set", &[DICT, mapping("replacements")], |call| {
        with_entries(call, call.dict(1)?.iter().collect())
    })
    .no_keywords()
    .examples(&[("{a => 1}.set({a => 2})", "{\"a\": 2}")]),
    Overload::method("set", &[DICT], |call| with_entries(call, pairs(call)))
        .rest(PAIRS)
        .no_keywords()
        .examples(&[("{a => 1}.set(a => 3, b => 4)", "{\"a\": 3, \"b\": 4}")]),
    Overload::method("keys", &[DICT], |call| view(call, ViewKind::Keys))
        .examples(&[("{a => 1, b => 2}.keys()", "[\"a\", \"b\"]")]),
    Overload::method("values", &[DICT], |call| view(call, ViewKind::Values))
        .examples(&[("{a => 1, b => 2}.values()", "[1, 2]")]),
    Overload::method("items", &[DICT], |call| view(call, ViewKind::Items))
        .examples(&[("{a => 1}.items()", "[[\"a\", 1]]")]),
    Overload::method("containsKey", &[DICT, any("key")], |call| {
        Ok(Value::Boolean(call.dict(0)?.get(&call.value(1), Some(call.machine))?.is_some()))
    })
    .examples(&[("{a => null}.containsKey(a)", "true"), ("{}.containsKey(null)", "false")]),
    Overload::method("containsValue", &[DICT, any("value")], contains_value)
        .examples(&[("{a => 1}.containsValue(1)", "true"), ("{a => 1}.containsValue(a)", "false")]),
    Overload::function("#operator_+", &[mapping("left"), mapping("right")], |call| {
        with_entries(call, call.dict(1)?.iter().collect())
    })
    .examples(&[("{a => 1, b => 1} + {b => 2}", "{\"a\": 1, \"b\": 2}")]),
    Overload::function("isDict", &[any("arg")], |call| Ok(Value::Boolean(matches!(call.value(0), Value::Dict(_)))))
        .examples(&[("isDict({})", "true"), ("isDict([])", "false")]),
    Overload::extension("len", &[DICT], |call| Ok(Value::Integer(call.dict(0)?.len() as i128)))
        .examples(&[("{a => 1}.len()", "1"), ("len({})", "0")]),
    Overload::method("delete", &[DICT], |call| without(call, call.rest.clone()))
        .rest(any("keys"))
        .examples(&[("{a => 1, b => 2}.delete(a, x)", "{\"b\": 2}")]),
    Overload::method("deleteAll", &[DICT, iterable("keys")], |call| without(call, call.collected(1)?))
        .examples(&[("{a => 1, b => 2}.deleteAll([b])", "{\"a\": 1}")]),
];

/// `key => value` arguments.
fn pairs<'v>(call: &Call<'_, 'v>) -> Vec<(Value<'v>, Value<'v>)> {
    let pair = |value: &Value<'v>| match value {
        Value::Internal(Internal(Kind::Pair(pair))) => Some((pair.0.clone(), pair.1.clone())),
        _ => None,
    };
    call.rest.iter().filter_map(pair).collect()
}

pub(in crate::functions) fn build<'v>(
    mut builder: DictBuilder<'v>,
    entries: impl IntoIterator<Item = (Value<'v>, Value<'v>)>,
    machine: &Machine<'v>,
) -> Outcome<Value<'v>> {
    for (key, value) in entries {
        builder.insert(key, value, machine)?;
    }
    builder.finish(machine)
}

fn from_pairs<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    build(DictBuilder::default(), pairs(call), call.machine)
}

/// The first two items of something that can be iterated.
pub(in crate::functions) fn key_and_value<'v>(
    item: &Value<'v>,
    machine: &Machine<'v>,
) -> Outcome<(Value<'v>, Value<'v>)> {
    let mut parts = match item {
        Value::String(text) => {
            let characters = text.chars().take(2).map(|character| Value::string(character.to_string())).collect();
            Cursor::List(crate::value::List::tuple(characters), 0)
        }
        other => Cursor::over(other, machine)?
            .ok_or_else(|| EvaluationError::type_error(format!("'{}' object is not iterable", other.type_name())))?,
    };
    let mut next = || parts.next(machine)?.ok_or_else(|| EvaluationError::stop_iteration(""));
    Ok((next()?, next()?))
}

fn from_items<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut builder = DictBuilder::default();
    let mut cursor = call.cursor(0)?;
    while let Some(item) = cursor.next(call.machine)? {
        let (key, value) = key_and_value(&item, call.machine)?;
        builder.insert(key, value, call.machine)?;
    }
    builder.finish(call.machine)
}

fn to_dict<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (key_of, value_of) = (call.lambda(1)?, call.optional_lambda(2));
    let mut builder = DictBuilder::default();
    let mut cursor = call.cursor(0)?;
    while let Some(item) = cursor.next(call.machine)? {
        let key = key_of.call(vec![item.clone()], call.machine)?;
        let value = match &value_of {
            Some(value_of) => value_of.call(vec![item], call.machine)?,
            None => item,
        };
        builder.insert(key, value, call.machine)?;
    }
    builder.finish(call.machine)
}

fn get_or_default<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    Ok(call.dict(0)?.get(&call.value(1), Some(call.machine))?.unwrap_or_else(|| call.value(2)))
}

fn with_entries<'v>(call: &Call<'_, 'v>, entries: Vec<(Value<'v>, Value<'v>)>) -> Outcome<Value<'v>> {
    build(DictBuilder::copy_of(&call.dict(0)?, call.machine)?, entries, call.machine)
}

fn view<'v>(call: &Call<'_, 'v>, kind: ViewKind) -> Outcome<Value<'v>> {
    Ok(Kind::View(Rc::new(View { dict: call.dict(0)?, kind })).into())
}

fn contains_value<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let wanted = call.value(1);
    for (_, value) in call.dict(0)?.iter() {
        if equals(&value, &wanted, Some(call.machine))? {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

fn without<'v>(call: &Call<'_, 'v>, keys: Vec<Value<'v>>) -> Outcome<Value<'v>> {
    let mut builder = DictBuilder::copy_of(&call.dict(0)?, call.machine)?;
    for key in keys {
        builder.remove(&key, call.machine)?;
    }
    builder.finish(call.machine)
}
