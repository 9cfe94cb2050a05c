//! Sets. Answers to the set part of collections.py.

use std::rc::Rc;

use super::{Call, Outcome, Overload, Parameter, Type, Value, any, iterable};
use crate::value::{Key, Kind, SetItems};

const LEFT: Parameter = Parameter::new("left", Type::Set);
const RIGHT: Parameter = Parameter::new("right", Type::Set);
const SET: Parameter = Parameter::new("set", Type::Set);
const PAIR: &[Parameter] = &[LEFT, RIGHT];

pub(super) const TABLE: &[Overload] = &[
    Overload::function("set", &[], |call| from_values(call, super::collections::unrolled(call)?))
        .rest(any("args"))
        .examples(&[("set(1, 2, 1)", "[1, 2]"), ("set(range(2))", "[0, 1]")]),
    Overload::method("toSet", &[iterable("collection")], |call| from_values(call, call.collected(0)?))
        .examples(&[("[1, 1, 2].toSet()", "[1, 2]")]),
    Overload::extension("len", &[SET], |call| Ok(Value::Integer(call.set(0)?.len() as i128)))
        .examples(&[("set(1, 1).len()", "1"), ("len({a => 1}.keys())", "1")]),
    Overload::method("union", PAIR, union).examples(&[("set(1, 2).union(set(2, 3))", "[1, 2, 3]")]),
    Overload::method("intersect", PAIR, |call| kept(call, 0, 1, true))
        .examples(&[("set(1, 2).intersect(set(2, 3))", "[2]")]),
    Overload::method("difference", PAIR, |call| kept(call, 0, 1, false))
        .examples(&[("set(1, 2).difference(set(2))", "[1]")]),
    Overload::function("#operator_-", PAIR, |call| kept(call, 0, 1, false)).examples(&[("set(1, 2) - set(2)", "[1]")]),
    Overload::method("symmetricDifference", PAIR, symmetric_difference)
        .examples(&[("set(1, 2).symmetricDifference(set(2, 3))", "[1, 3]")]),
    Overload::method("add", &[SET], |call| {
        let mut items = (*call.set(0)?).clone();
        call.machine.charge_items(items.len())?;
        for value in &call.rest {
            items.insert(Key::new(value.clone(), call.machine)?);
        }
        set(call, items)
    })
    .rest(any("values"))
    .examples(&[("set(1).add(2, 1)", "[1, 2]")]),
    Overload::method("remove", &[SET], |call| {
        let mut items = (*call.set(0)?).clone();
        call.machine.charge_items(items.len())?;
        for value in &call.rest {
            items.shift_remove(&Key::new(value.clone(), call.machine)?);
        }
        set(call, items)
    })
    .rest(any("values"))
    .examples(&[("set(1, 2).remove(2, 7)", "[1]")]),
    Overload::function("#operator_<", PAIR, |call| contained(call, 0, 1, true))
        .examples(&[("set(1) < set(1, 2)", "true")]),
    Overload::function("#operator_<=", PAIR, |call| contained(call, 0, 1, false))
        .examples(&[("set(1) <= set(1)", "true")]),
    Overload::function("#operator_>", PAIR, |call| contained(call, 1, 0, true))
        .examples(&[("set(1) > set(1)", "false")]),
    Overload::function("#operator_>=", PAIR, |call| contained(call, 1, 0, false))
        .examples(&[("set(1, 2) >= set(2)", "true")]),
    Overload::function("isSet", &[any("arg")], |call| Ok(Value::Boolean(SET.takes(&call.value(0))))).examples(&[
        ("isSet(set())", "true"),
        ("isSet([])", "false"),
        ("isSet({}.keys())", "true"),
    ]),
];

fn set<'v>(call: &Call<'_, 'v>, items: SetItems<'v>) -> Outcome<Value<'v>> {
    call.machine.charge_items(items.len())?;
    let value = Value::from(Kind::Set(Rc::new(items)));
    call.machine.check_depth(value.depth())?;
    Ok(value)
}

fn from_values<'v>(call: &Call<'_, 'v>, values: Vec<Value<'v>>) -> Outcome<Value<'v>> {
    let keys = values.into_iter().map(|value| Key::new(value, call.machine));
    set(call, keys.collect::<Outcome<SetItems<'v>>>()?)
}

pub(super) fn union<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    set(call, call.set(0)?.union(&*call.set(1)?).cloned().collect())
}

/// Items of one set that are, or are not, in another.
fn kept<'v>(call: &Call<'_, 'v>, from: usize, other: usize, present: bool) -> Outcome<Value<'v>> {
    let other = call.set(other)?;
    set(call, call.set(from)?.iter().filter(|key| other.contains(*key) == present).cloned().collect())
}

fn symmetric_difference<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    set(call, call.set(0)?.symmetric_difference(&*call.set(1)?).cloned().collect())
}

fn contained<'v>(call: &Call<'_, 'v>, inner: usize, outer: usize, strictly: bool) -> Outcome<Value<'v>> {
    let (inner, outer) = (call.set(inner)?, call.set(outer)?);
    call.machine.charge(inner.len() as u64)?;
    Ok(Value::Boolean(inner.is_subset(&*outer) && !(strictly && inner.len() == outer.len())))
}
