//! Lists and what lists, sets and dictionaries have in common. Answers to collections.py.

pub(super) mod dicts;
pub(super) mod edits;

use super::{Call, Outcome, Overload, Parameter, Type, Value, any, int, iterable};
use crate::error::EvaluationError;
use crate::value::{Cursor, Kind, List, equals};

const SEQUENCE: Parameter = Parameter::new("sequence", Type::Sequence);

pub(super) const TABLE: &[Overload] = &[
    Overload::function("list", &[], |call| {
        let items = unrolled(call)?;
        call.machine.tuple(items)
    })
    .rest(any("args"))
    .examples(&[("list(1, range(2), [3])", "[1, 0, 1, [3]]"), ("list()", "[]")]),
    Overload::function("#list", &[], |call| call.machine.tuple(call.rest.clone()))
        .rest(any("args"))
        .examples(&[("[1, a, [null]]", "[1, \"a\", [null]]")]),
    Overload::method("flatten", &[iterable("collection")], flatten)
        .examples(&[("[1, [2, [3, {a => [4]}]]].flatten()", "[1, 2, 3, {\"a\": [4]}]")]),
    Overload::method("toList", &[iterable("collection")], to_list).examples(&[("range(3).toList()", "[0, 1, 2]")]),
    Overload::function("#indexer", &[Parameter::new("list", Type::Sequence), int("index")], list_index)
        .examples(&[("[a, b][1]", "\"b\""), ("[a, b][-2]", "\"a\"")]),
    Overload::function("#operator_in", &[any("value"), iterable("collection")], |call| contains(call, 1, 0))
        .examples(&[("2 in [1, 2]", "true"), ("a in {b => 1}.keys()", "false")]),
    Overload::method("contains", &[iterable("collection"), any("value")], |call| contains(call, 0, 1))
        .examples(&[("[1, 2].contains(3)", "false")]),
    Overload::function("#operator_+", &[iterable("left"), iterable("right")], concatenate)
        .examples(&[("[1] + [2, 3]", "[1, 2, 3]"), ("[1].select($) + [2]", "[1, 2]")]),
    Overload::function("#operator_*", &[Parameter::new("left", Type::Sequence), int("right")], |call| {
        repeat(call, 0, 1)
    })
    .examples(&[("[1, 2] * 2", "[1, 2, 1, 2]")]),
    Overload::function("#operator_*", &[int("left"), Parameter::new("right", Type::Sequence)], |call| {
        repeat(call, 1, 0)
    })
    .examples(&[("0 * [1]", "[]")]),
    Overload::function("isList", &[any("arg")], |call| Ok(Value::Boolean(matches!(call.value(0), Value::List(_)))))
        .examples(&[("isList([])", "true"), ("isList(range(1))", "false")]),
    Overload::extension("len", &[SEQUENCE], |call| Ok(Value::Integer(call.list(0)?.len() as i128)))
        .examples(&[("[1, 2].len()", "2"), ("len([])", "0")]),
];

/// The arguments with iterators replaced by what they give.
pub(super) fn unrolled<'v>(call: &Call<'_, 'v>) -> Outcome<Vec<Value<'v>>> {
    fn unroll<'v>(call: &Call<'_, 'v>, value: &Value<'v>, items: &mut Vec<Value<'v>>) -> Outcome<()> {
        call.machine.check_length(items.len() as u64 + 1)?;
        match value.kind() {
            Some(Kind::Stream(_)) => {
                let Some(mut cursor) = Cursor::over(value, call.machine)? else { return Ok(()) };
                while let Some(item) = cursor.next(call.machine)? {
                    call.machine.nested(|| unroll(call, &item, items))?;
                }
            }
            _ => {
                call.machine.charge_item()?;
                items.push(value.clone());
            }
        }
        Ok(())
    }
    let mut items = Vec::new();
    for value in &call.rest {
        unroll(call, value, &mut items)?;
    }
    Ok(items)
}

fn flatten<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut open = vec![call.cursor(0)?];
    call.stream(move |machine| {
        while let Some(cursor) = open.last_mut() {
            match cursor.next(machine)? {
                None => {
                    open.pop();
                }
                Some(item) if Parameter::new("", Type::Iterable).takes(&item) => {
                    machine.check_depth(open.len() as u32)?;
                    open.extend(Cursor::over(&item, machine)?);
                }
                Some(item) => return Ok(Some(item)),
            }
        }
        Ok(None)
    })
}

fn to_list<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    match call.value(0) {
        Value::List(list) if !list.is_mutable() => Ok(Value::List(list)),
        _ => call.machine.tuple(call.collected(0)?),
    }
}

fn list_index<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let list = call.list(0)?;
    let index = call.index(1)?;
    let from_start = if index < 0 { index + list.len() as i64 } else { index };
    let item = usize::try_from(from_start).ok().and_then(|index| list.get(index));
    item.ok_or_else(|| {
        let what = if list.is_mutable() { "list" } else { "tuple" };
        EvaluationError::new("IndexError", format!("{what} index out of range"))
    })
}

fn contains<'v>(call: &Call<'_, 'v>, collection: usize, value: usize) -> Outcome<Value<'v>> {
    let wanted = call.value(value);
    let mut cursor = call.cursor(collection)?;
    while let Some(item) = cursor.next(call.machine)? {
        if equals(&item, &wanted, Some(call.machine))? {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

fn concatenate<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    match (call.value(0), call.value(1)) {
        (Value::List(left), Value::List(right)) if !left.is_mutable() && !right.is_mutable() => {
            call.machine.check_length((left.len() + right.len()) as u64)?;
            call.machine.tuple(left.iter().chain(right.iter()).collect())
        }
        (left, right) if is_set(&left) && is_set(&right) => super::sets::union(call),
        _ => {
            let mut cursors = vec![call.cursor(1)?, call.cursor(0)?];
            call.stream(move |machine| chained(&mut cursors, machine))
        }
    }
}

fn is_set(value: &Value<'_>) -> bool {
    matches!(value.kind(), Some(Kind::Set(_)))
}

/// The next item of several cursors, the last of which is walked first.
pub(super) fn chained<'v>(
    cursors: &mut Vec<Cursor<'v>>,
    machine: &crate::evaluate::Machine<'v>,
) -> Outcome<Option<Value<'v>>> {
    while let Some(cursor) = cursors.last_mut() {
        if let Some(item) = cursor.next(machine)? {
            return Ok(Some(item));
        }
        cursors.pop();
    }
    Ok(None)
}

fn repeat<'v>(call: &Call<'_, 'v>, list: usize, count: usize) -> Outcome<Value<'v>> {
    let list = call.list(list)?;
    let count = usize::try_from(call.integer(count)?.clamp(0, 1 << 40)).unwrap_or(0);
    let total = list.len() as u128 * count as u128;
    call.machine.reserve(total, total)?;
    call.machine.charge_items(total as usize)?;
    let mut items = Vec::with_capacity(total as usize);
    for _ in 0..if list.len() == 0 { 0 } else { count } {
        items.extend(list.iter());
    }
    let repeated = if list.is_mutable() { List::mutable(items) } else { List::tuple(items) };
    Ok(Value::List(repeated))
}
