//! What YAQL 0.2 did otherwise, for Mistral-v2 definitions. Answers to legacy.py.

use std::sync::LazyLock;

use super::queries::generators;
use super::{
    Call, Default, Outcome, Overload, Parameter, Registry, TABLES, Type, Value, any, int, iterable, lambda, system,
};
use crate::error::EvaluationError;
use crate::value::{DictBuilder, Internal, Kind};

/// Methods here that are only functions, or only methods, in the standard library.
const EXTENDED: [&str; 10] = ["get", "list", "bool", "int", "float", "select", "where", "join", "sum", "takeWhile"];

const TABLE: &[Overload] = &[
    Overload::function("tuple", &[], |call| call.machine.tuple(call.rest.clone())).rest(any("args")).layer(1),
    Overload::extension("dict", &[], dict_of_tuples).rest(Parameter::new("tuples", Type::Tuple)).no_keywords().layer(1),
    Overload::function("#map", &[], dict_of_tuples).rest(Parameter::new("tuples", Type::Tuple)).no_keywords().layer(1),
    Overload::function("#indexer", &[iterable("collection"), lambda("index")], index_or_filter).layer(1),
    Overload::extension("range", &[int("start"), int("stop").or(Default::Null)], |call| {
        let stop = if matches!(call.value(1), Value::Null) { None } else { Some(call.integer(1)?) };
        generators::range(call, call.integer(0)?, stop, 1)
    })
    .layer(1),
    Overload::extension("switch", &[any("value")], switch).rest(lambda("conditions")).no_keywords().layer(1),
    Overload::method("as", &[any("receiver")], bind_as).rest(lambda("mappings")).no_keywords().layer(1),
];

static EXTENSIONS: LazyLock<Vec<Overload>> = LazyLock::new(|| {
    let extended = TABLES.iter().copied().flatten().filter(|overload| EXTENDED.contains(&overload.name));
    extended.map(|overload| Overload { is_function: true, is_method: true, layer: 1, ..*overload }).collect()
});

pub(super) fn register() -> Registry {
    let is_replaced = |name: &str| matches!(name, "#indexer" | "switch");
    let standard = TABLES.iter().copied().flatten().filter(|overload| !is_replaced(overload.name));
    super::register(standard.chain(TABLE).chain(EXTENSIONS.iter()).chain(system::DELEGATES))
}

fn dict_of_tuples<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut builder = DictBuilder::default();
    for tuple in &call.rest {
        let (key, value) = super::collections::dicts::key_and_value(tuple, call.machine)?;
        builder.insert(key, value, call.machine)?;
    }
    builder.finish(call.machine)
}

/// `collection[number]` indexes, `collection[predicate]` filters.
fn index_or_filter<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let expression = call.lambda(1)?;
    if let Value::List(list) = call.value(0)
        && let Value::Integer(index) = expression.call(Vec::new(), call.machine)?
    {
        let index = if index < 0 { index + list.len() as i128 } else { index };
        let item = usize::try_from(index).ok().and_then(|index| list.get(index));
        return item.ok_or_else(|| EvaluationError::new("IndexError", "tuple index out of range"));
    }
    let mut cursor = call.cursor(0)?;
    call.stream(move |machine| {
        while let Some(item) = cursor.next(machine)? {
            if expression.call(vec![item.clone()], machine)?.is_true() {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

/// The two halves of a tuple or of `key => value`.
fn halves<'v>(value: &Value<'v>, function: &str) -> Outcome<(Value<'v>, Value<'v>)> {
    match value {
        Value::Internal(Internal(Kind::Pair(pair))) => Ok((pair.0.clone(), pair.1.clone())),
        Value::List(list) => match (list.get(0), list.get(1), list.len()) {
            (Some(first), Some(second), 2) => Ok((first, second)),
            _ => Err(EvaluationError::value_error(format!("{function}() tuples must be of size 2"))),
        },
        _ => Err(EvaluationError::value_error(format!("{function}() must have tuple parameters"))),
    }
}

fn switch<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let frame = call.frame.with(vec![call.value(0)], Vec::new(), call.machine)?;
    for case in &call.rest {
        if let Value::Internal(Internal(Kind::Lambda(case))) = case {
            let (condition, result) = halves(&case.call_in(&frame, call.machine)?, "switch")?;
            if condition.is_true() {
                return Ok(result);
            }
        }
    }
    Ok(Value::Null)
}

fn bind_as<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut named = vec![("0".to_owned(), call.value(0))];
    for mapping in &call.rest {
        if let Value::Internal(Internal(Kind::Lambda(mapping))) = mapping {
            let (value, name) = halves(&mapping.call(vec![call.value(0)], call.machine)?, "as")?;
            named.push((call.machine.text_of(&name)?, value));
        }
    }
    Ok(Kind::Context(call.frame.with(Vec::new(), named, call.machine)?).into())
}
