//! Sequences from nothing.

use std::collections::VecDeque;

use super::super::{Call, Default, Outcome, Overload, Parameter, Type, Value, any, int, lambda, optional_lambda};
use crate::error::EvaluationError;
use crate::evaluate::{Lambda, Machine};
use crate::value::{Cursor, Key, SetItems};

const DECYCLE: Parameter = Parameter::new("decycle", Type::Boolean).or(Default::Boolean(false));
const STEP: Parameter = int("step").or(Default::Int(1));

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::function("range", &[int("stop")], |call| range(call, 0, Some(call.integer(0)?), 1))
        .examples(&[("range(3)", "[0, 1, 2]"), ("range(-1)", "[]")]),
    Overload::function("range", &[int("start"), int("stop"), STEP], |call| {
        range(call, call.integer(0)?, Some(call.integer(1)?), call.integer(2)?)
    })
    .examples(&[("range(1, 3)", "[1, 2]"), ("range(5, 0, -2)", "[5, 3, 1]")]),
    Overload::function("sequence", &[int("start").or(Default::Int(0)), STEP], |call| {
        endless(call, call.integer(0)?, call.integer(1)?)
    })
    .examples(&[("sequence(5, 2).take(2)", "[5, 7]")]),
    Overload::function(
        "generate",
        &[any("initial"), lambda("predicate"), lambda("producer"), optional_lambda("selector"), DECYCLE],
        generate,
    )
    .examples(&[
        ("generate(1, $ < 20, $ * 3)", "[1, 3, 9]"),
        ("generate(1, $ < 3, $ + 1, $ * 10)", "[10, 20]"),
        ("generate(0, true, ($ + 1) mod 3, decycle => true)", "[0, 1, 2]"),
    ]),
    Overload::function(
        "generateMany",
        &[
            any("initial"),
            lambda("producer"),
            optional_lambda("selector"),
            DECYCLE,
            Parameter::new("depthFirst", Type::Boolean).or(Default::Boolean(false)),
        ],
        generate_many,
    )
    .examples(&[
        ("generateMany(a, {a => [b, c], b => [d]}.get($, []))", "[\"a\", \"b\", \"c\", \"d\"]"),
        ("generateMany(a, {a => [b, c], b => [d]}.get($, []), depthFirst => true)", "[\"a\", \"b\", \"d\", \"c\"]"),
    ]),
];

pub(in crate::functions) fn endless<'v>(call: &Call<'_, 'v>, start: i128, step: i128) -> Outcome<Value<'v>> {
    let mut next = Some(start);
    call.stream(move |machine| {
        machine.charge(1)?;
        let current = next.ok_or_else(|| EvaluationError::overflow("integer is too large"))?;
        next = current.checked_add(step);
        Ok(Some(Value::Integer(current)))
    })
}

pub(in crate::functions) fn range<'v>(
    call: &Call<'_, 'v>,
    start: i128,
    stop: Option<i128>,
    step: i128,
) -> Outcome<Value<'v>> {
    if step == 0 {
        return Err(EvaluationError::value_error("range() arg 3 must not be zero"));
    }
    let Some(stop) = stop else { return endless(call, start, step) };
    let mut next = Some(start);
    call.stream(move |_| {
        let current = next.filter(|current| if step > 0 { *current < stop } else { *current > stop });
        next = current.and_then(|current| current.checked_add(step));
        Ok(current.map(Value::Integer))
    })
}

fn selected<'v>(selector: Option<&Lambda<'v>>, item: Value<'v>, machine: &Machine<'v>) -> Outcome<Value<'v>> {
    match selector {
        Some(selector) => selector.call(vec![item], machine),
        None => Ok(item),
    }
}

/// Remembers an item; false when it has been there before.
fn is_new<'v>(past: &mut Option<SetItems<'v>>, item: &Value<'v>, machine: &Machine<'v>) -> Outcome<bool> {
    let Some(past) = past else { return Ok(true) };
    machine.charge_item()?;
    Ok(past.insert(Key::new(item.clone(), machine)?))
}

fn generate<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (predicate, producer, selector) = (call.lambda(1)?, call.lambda(2)?, call.optional_lambda(3));
    let mut past = call.flag(4).then(SetItems::default);
    let mut current = Some(call.value(0));
    let mut started = false;
    call.stream(move |machine| {
        let Some(mut item) = current.take() else { return Ok(None) };
        if std::mem::replace(&mut started, true) {
            item = producer.call(vec![item], machine)?;
        }
        machine.check_depth(item.depth())?;
        if !predicate.call(vec![item.clone()], machine)?.is_true() || !is_new(&mut past, &item, machine)? {
            return Ok(None);
        }
        current = Some(item.clone());
        selected(selector.as_deref(), item, machine).map(Some)
    })
}

fn generate_many<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (producer, selector) = (call.lambda(1)?, call.optional_lambda(2));
    let mut past = call.flag(3).then(SetItems::default);
    let depth_first = call.flag(4);
    let mut queue = VecDeque::from([call.value(0)]);
    let mut given: Option<Value<'v>> = None;
    call.stream(move |machine| {
        if let Some(item) = given.take() {
            let produced = produced_items(&producer, item, machine)?;
            if depth_first {
                produced.into_iter().rev().for_each(|item| queue.push_front(item));
            } else {
                queue.extend(produced);
            }
        }
        while let Some(item) = queue.pop_front() {
            if is_new(&mut past, &item, machine)? {
                given = Some(item.clone());
                return selected(selector.as_deref(), item, machine).map(Some);
            }
        }
        Ok(None)
    })
}

fn produced_items<'v>(producer: &Lambda<'v>, item: Value<'v>, machine: &Machine<'v>) -> Outcome<Vec<Value<'v>>> {
    let produced = producer.call(vec![item], machine)?;
    match Cursor::over(&produced, machine)? {
        Some(cursor) => machine.collect(cursor),
        None => Err(EvaluationError::type_error(format!("'{}' object is not iterable", produced.type_name()))),
    }
}
