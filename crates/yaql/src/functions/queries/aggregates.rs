//! One value from many.

use super::super::{Call, Default, Outcome, Overload, Parameter, Value, any, lambda};
use super::COLLECTION;
use crate::error::EvaluationError;
use crate::evaluate::Machine;
use crate::value::equals;

const INITIAL: Parameter = any("initial").or(Default::Absent);
const SEED: Parameter = any("seed").or(Default::Absent);
const DEFAULT: Parameter = any("default").or(Default::Absent);
const FOLDED: &[Parameter] = &[COLLECTION, lambda("selector"), SEED];

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::method("sum", &[COLLECTION, INITIAL], |call| fold_with(call, "#operator_+")).examples(&[
        ("[1, 2].sum()", "3"),
        ("[a, b].sum(x)", "\"xab\""),
        ("[].sum(0)", "0"),
    ]),
    Overload::method("max", &[COLLECTION, INITIAL], |call| fold_with(call, "max"))
        .examples(&[("[1, 3, 2].max()", "3")]),
    Overload::method("min", &[COLLECTION, INITIAL], |call| fold_with(call, "min")).examples(&[("[2, 1].min(0)", "0")]),
    Overload::method("first", &[COLLECTION, DEFAULT], first).examples(&[("[3, 4].first()", "3"), ("[].first(9)", "9")]),
    Overload::method("single", &[COLLECTION], single).examples(&[("[3].single()", "3")]),
    Overload::method("last", &[COLLECTION, DEFAULT], last).examples(&[
        ("[3, 4].last()", "4"),
        ("range(3).last()", "2"),
        ("[].last(null)", "null"),
    ]),
    Overload::method("aggregate", FOLDED, aggregate)
        .examples(&[("[1, 2, 3].aggregate($1 * $2)", "6"), ("[].aggregate($1, 5)", "5")]),
    Overload::method("reduce", FOLDED, aggregate).examples(&[("[a, b].reduce($1 + $2, x)", "\"xab\"")]),
    Overload::method("accumulate", FOLDED, accumulate)
        .examples(&[("[1, 2, 3].accumulate($1 + $2)", "[1, 3, 6]"), ("[1].accumulate($1 + $2, 10)", "[10, 11]")]),
    Overload::method("indexOf", &[COLLECTION, any("item")], |call| position(call, false, false))
        .examples(&[("[a, b, a].indexOf(a)", "0")]),
    Overload::method("lastIndexOf", &[COLLECTION, any("item")], |call| position(call, false, true))
        .examples(&[("[a, b, a].lastIndexOf(a)", "2"), ("[a].lastIndexOf(x)", "-1")]),
    Overload::method("indexWhere", &[COLLECTION, lambda("predicate")], |call| position(call, true, false))
        .examples(&[("[1, 2, 3].indexWhere($ > 1)", "1")]),
    Overload::method("lastIndexWhere", &[COLLECTION, lambda("predicate")], |call| position(call, true, true))
        .examples(&[("[1, 2, 3].lastIndexWhere($ > 1)", "2")]),
];

fn fold<'v>(
    call: &Call<'_, 'v>,
    seed: Option<Value<'v>>,
    combine: impl Fn(Value<'v>, Value<'v>) -> Outcome<Value<'v>>,
) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    let start = match seed {
        Some(seed) => Some(seed),
        None => cursor.next(call.machine)?,
    };
    let missing = || EvaluationError::type_error("reduce() of empty iterable with no initial value");
    let mut total = start.ok_or_else(missing)?;
    while let Some(item) = cursor.next(call.machine)? {
        total = combine(total, item)?;
    }
    Ok(total)
}

fn fold_with<'v>(call: &Call<'_, 'v>, function: &str) -> Outcome<Value<'v>> {
    fold(call, call.given(1), |total, item| call.machine.invoke(function, vec![total, item], &call.frame))
}

fn aggregate<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let selector = call.lambda(1)?;
    fold(call, call.given(2), |total, item| selector.call(vec![total, item], call.machine))
}

fn accumulate<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (mut cursor, selector) = (call.cursor(0)?, call.lambda(1)?);
    let mut seed = call.given(2);
    let mut total: Option<Value<'v>> = None;
    call.stream(move |machine: &Machine<'v>| {
        let next = match (&total, seed.take()) {
            (None, Some(seed)) => seed,
            (None, None) => cursor
                .next(machine)?
                .ok_or_else(|| EvaluationError::type_error("accumulate() of empty sequence with no initial value"))?,
            (Some(total), _) => {
                let Some(item) = cursor.next(machine)? else { return Ok(None) };
                selector.call(vec![total.clone(), item], machine)?
            }
        };
        total = Some(next.clone());
        Ok(Some(next))
    })
}

fn first<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let first = call.cursor(0)?.next(call.machine)?.or_else(|| call.given(1));
    first.ok_or_else(|| EvaluationError::stop_iteration(""))
}

fn single<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    let first = cursor.next(call.machine)?.ok_or_else(|| EvaluationError::stop_iteration(""))?;
    match cursor.next(call.machine)? {
        None => Ok(first),
        Some(_) => Err(EvaluationError::stop_iteration("Collection contains more than one item")),
    }
}

fn last<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut last = call.given(1);
    if let Value::List(list) = call.value(0) {
        last = list.len().checked_sub(1).and_then(|index| list.get(index)).or(last);
    } else {
        let mut cursor = call.cursor(0)?;
        while let Some(item) = cursor.next(call.machine)? {
            last = Some(item);
        }
    }
    last.ok_or_else(|| EvaluationError::stop_iteration(""))
}

fn position<'v>(call: &Call<'_, 'v>, by_predicate: bool, last: bool) -> Outcome<Value<'v>> {
    let mut cursor = call.cursor(0)?;
    let predicate = if by_predicate { Some(call.lambda(1)?) } else { None };
    let wanted = if by_predicate { Value::Null } else { call.value(1) };
    let (mut found, mut index) = (-1, 0);
    while let Some(item) = cursor.next(call.machine)? {
        let matches = match &predicate {
            Some(predicate) => predicate.call(vec![item], call.machine)?.is_true(),
            None => equals(&item, &wanted, Some(call.machine))?,
        };
        if matches {
            found = index;
            if !last {
                break;
            }
        }
        index += 1;
    }
    Ok(Value::Integer(found))
}
