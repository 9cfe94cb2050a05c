//! Queries over collections, lazily. Answers to queries.py.

pub(super) mod aggregates;
pub(super) mod generators;
pub(super) mod grouping;
pub(super) mod slices;

use super::system::memorized;
use super::{Call, Default, Outcome, Overload, Parameter, Type, Value, any, int, iterable, lambda, optional_lambda};
use crate::error::EvaluationError;
use crate::evaluate::Machine;
use crate::value::{Cursor, Key, SetItems};

const COLLECTION: Parameter = iterable("collection");
const FILTERED: &[Parameter] = &[COLLECTION, lambda("predicate")];
const SELECTED: &[Parameter] = &[COLLECTION, lambda("selector")];
const COUNTED: &[Parameter] = &[COLLECTION, int("count")];

pub(super) const TABLE: &[Overload] = &[
    Overload::method("where", FILTERED, filter).examples(&[("[1, 2, 3].where($ > 1)", "[2, 3]")]),
    Overload::method("filter", FILTERED, filter).examples(&[("[0, a, null].filter($)", "[\"a\"]")]),
    Overload::method("select", SELECTED, select)
        .examples(&[("[1, 2].select($ + 1)", "[2, 3]"), ("[{a => 1}, {a => 2}].select($.a)", "[1, 2]")]),
    Overload::method("map", SELECTED, select).examples(&[("[a].map($ + $)", "[\"aa\"]")]),
    Overload::method("skip", COUNTED, skip).examples(&[("[1, 2, 3].skip(1)", "[2, 3]"), ("[1].skip(5)", "[]")]),
    Overload::method("limit", COUNTED, limit).examples(&[("[1, 2, 3].limit(2)", "[1, 2]")]),
    Overload::method("take", COUNTED, limit).examples(&[("sequence().take(2)", "[0, 1]")]),
    Overload::extension("append", &[COLLECTION], append)
        .rest(any("args"))
        .examples(&[("[1].append(2, [3])", "[1, 2, [3]]")]),
    Overload::extension("distinct", &[COLLECTION, optional_lambda("keySelector")], distinct)
        .examples(&[("[1, 2, 1.0].distinct()", "[1, 2]"), ("[aa, b, cc].distinct($.len())", "[\"aa\", \"b\"]")]),
    Overload::extension("enumerate", &[COLLECTION, int("start").nullable().or(Default::Int(0))], enumerate)
        .examples(&[("[a, b].enumerate(1)", "[[1, \"a\"], [2, \"b\"]]")]),
    Overload::extension("any", &[COLLECTION, optional_lambda("predicate")], any_item).examples(&[
        ("[0].any()", "true"),
        ("[0].any($)", "false"),
        ("[].any()", "false"),
    ]),
    Overload::extension("all", &[COLLECTION, optional_lambda("predicate")], all_items).examples(&[
        ("[1, a].all()", "true"),
        ("[1, 2].all($ > 1)", "false"),
        ("[].all()", "true"),
    ]),
    Overload::extension("concat", &[], concat)
        .rest(iterable("collections"))
        .examples(&[("[1].concat([2], [3])", "[1, 2, 3]")]),
    Overload::extension("len", &[Parameter::new("collection", Type::Iterator)], count)
        .examples(&[("range(3).len()", "3")]),
    Overload::method("count", &[COLLECTION], count).examples(&[("[1, 2].count()", "2")]),
    Overload::method("memorize", &[COLLECTION], |call| memorized(call.value(0), call.machine))
        .examples(&[("let(range(4).memorize()) -> $.sum() + $.len()", "10")]),
    Overload::method("selectMany", SELECTED, select_many).examples(&[("[1, [2, 3]].selectMany($)", "[1, 2, 3]")]),
    Overload::method("takeWhile", FILTERED, take_while).examples(&[("[1, 2, 3, 1].takeWhile($ < 3)", "[1, 2]")]),
    Overload::method("skipWhile", FILTERED, skip_while).examples(&[("[1, 2, 3, 1].skipWhile($ < 3)", "[3, 1]")]),
    Overload::method("cycle", &[COLLECTION], cycle).examples(&[("[1, 2].cycle().take(3)", "[1, 2, 1]")]),
    Overload::method("repeat", &[any("value"), int("times").or(Default::Int(-1))], repeat)
        .examples(&[("x.repeat(2)", "[\"x\", \"x\"]"), ("1.repeat().take(1)", "[1]")]),
    Overload::method("reverse", &[COLLECTION], reverse).examples(&[("[1, 2, 3].reverse()", "[3, 2, 1]")]),
    Overload::method("defaultIfEmpty", &[COLLECTION, iterable("default")], default_if_empty)
        .examples(&[("[].defaultIfEmpty([1])", "[1]"), ("range(2).defaultIfEmpty([9])", "[0, 1]")]),
    Overload::function("isIterable", &[any("value")], |call| Ok(Value::Boolean(COLLECTION.takes(&call.value(0)))))
        .examples(&[("isIterable([])", "true"), ("isIterable('ab')", "false"), ("isIterable({})", "false")]),
];

fn filter<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, predicate) = (call.cursor(0)?, call.lambda(1)?);
    call.stream(move |machine| {
        while let Some(item) = cursor.next(machine)? {
            if predicate.call(vec![item.clone()], machine)?.is_true() {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

fn select<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, selector) = (call.cursor(0)?, call.lambda(1)?);
    call.stream(move |machine| match cursor.next(machine)? {
        Some(item) => selector.call(vec![item], machine).map(Some),
        None => Ok(None),
    })
}

/// A count that Python's `islice` takes.
fn slice_bound(call: &Call<'_, '_>, what: &str) -> Outcome<i64> {
    let count = call.index(1)?;
    if count < 0 {
        let message = format!("{what} for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
        return Err(EvaluationError::value_error(message));
    }
    Ok(count)
}

fn skip<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, mut left) = (call.cursor(0)?, slice_bound(call, "Indices")?);
    call.stream(move |machine| {
        while left > 0 {
            left -= 1;
            if cursor.next(machine)?.is_none() {
                return Ok(None);
            }
        }
        cursor.next(machine)
    })
}

fn limit<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, mut left) = (call.cursor(0)?, slice_bound(call, "Stop argument")?);
    call.stream(move |machine| {
        if left == 0 {
            return Ok(None);
        }
        left -= 1;
        cursor.next(machine)
    })
}

fn append<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    let mut rest = call.rest.clone().into_iter();
    call.stream(move |machine| Ok(cursor.next(machine)?.or_else(|| rest.next())))
}

fn distinct<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, key_of) = (call.cursor(0)?, call.optional_lambda(1));
    let mut seen = SetItems::default();
    call.stream(move |machine| {
        while let Some(item) = cursor.next(machine)? {
            let key = match &key_of {
                Some(key_of) => key_of.call(vec![item.clone()], machine)?,
                None => item.clone(),
            };
            machine.charge_item()?;
            if seen.insert(Key::new(key, machine)?) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

fn enumerate<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, mut index) = (call.cursor(0)?, call.integer(1)?);
    call.stream(move |machine| {
        let Some(item) = cursor.next(machine)? else { return Ok(None) };
        index += 1;
        machine.mutable_list(vec![Value::Integer(index - 1), item]).map(Some)
    })
}

fn holds<'v>(call: &Call<'_, 'v>, item: Value<'v>, without: fn(&Value<'v>) -> bool) -> Outcome<bool> {
    match call.optional_lambda(1) {
        Some(predicate) => Ok(predicate.call(vec![item], call.machine)?.is_true()),
        None => Ok(without(&item)),
    }
}

fn any_item<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    while let Some(item) = cursor.next(call.machine)? {
        if holds(call, item, |_| true)? {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

fn all_items<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    while let Some(item) = cursor.next(call.machine)? {
        if !holds(call, item, Value::is_true)? {
            return Ok(Value::Boolean(false));
        }
    }
    Ok(Value::Boolean(true))
}

fn concat<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let over = |value: &Value<'v>| Cursor::over(value, call.machine);
    let mut cursors: Vec<Cursor<'v>> =
        call.rest.iter().rev().map(over).collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect();
    call.stream(move |machine| super::collections::chained(&mut cursors, machine))
}

fn count<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    let mut count = 0;
    while cursor.next(call.machine)?.is_some() {
        count += 1;
    }
    Ok(Value::Integer(count))
}

fn select_many<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, selector) = (call.cursor(0)?, call.lambda(1)?);
    let mut inner: Option<Cursor<'v>> = None;
    call.stream(move |machine| {
        loop {
            if let Some(current) = &mut inner {
                if let Some(item) = current.next(machine)? {
                    return Ok(Some(item));
                }
                inner = None;
            }
            let Some(item) = cursor.next(machine)? else { return Ok(None) };
            let selected = selector.call(vec![item], machine)?;
            if !COLLECTION.takes(&selected) {
                return Ok(Some(selected));
            }
            inner = Cursor::over(&selected, machine)?;
        }
    })
}

fn take_while<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, predicate) = (call.cursor(0)?, call.lambda(1)?);
    let mut ended = false;
    call.stream(move |machine| {
        if ended {
            return Ok(None);
        }
        let Some(item) = cursor.next(machine)? else { return Ok(None) };
        ended = !predicate.call(vec![item.clone()], machine)?.is_true();
        Ok((!ended).then_some(item))
    })
}

fn skip_while<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, predicate) = (call.cursor(0)?, call.lambda(1)?);
    let mut started = false;
    call.stream(move |machine| {
        while let Some(item) = cursor.next(machine)? {
            started = started || !predicate.call(vec![item.clone()], machine)?.is_true();
            if started {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

fn cycle<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cursor = Some(call.cursor(0)?);
    let mut seen: Vec<Value<'v>> = Vec::new();
    let mut index = 0;
    call.stream(move |machine: &Machine<'v>| {
        if let Some(first_round) = &mut cursor {
            if let Some(item) = first_round.next(machine)? {
                machine.charge_item()?;
                seen.push(item.clone());
                return Ok(Some(item));
            }
            cursor = None;
        }
        machine.charge(1)?;
        let item = seen.get(index).cloned();
        index = (index + 1) % seen.len().max(1);
        Ok(item)
    })
}

fn repeat<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (value, mut left) = (call.value(0), call.index(1)?);
    let endless = left < 0;
    call.stream(move |_| {
        if !endless && left == 0 {
            return Ok(None);
        }
        left -= 1;
        Ok(Some(value.clone()))
    })
}

fn reverse<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut items = call.collected(0)?;
    call.stream(move |_| Ok(items.pop()))
}

fn default_if_empty<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let collection = memorized(call.value(0), call.machine)?;
    let first = match Cursor::over(&collection, call.machine)? {
        Some(mut cursor) => cursor.next(call.machine)?,
        None => None,
    };
    Ok(if first.is_some() { collection } else { call.value(1) })
}
