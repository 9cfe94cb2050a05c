//! Choices. Answers to branching.py.

use super::{Call, Outcome, Overload, Parameter, Type, Value, int, lambda};
use crate::evaluate::Lambda;
use crate::value::{Internal, Kind};
use std::rc::Rc;

const CASES: Parameter = lambda("args");

pub(super) const TABLE: &[Overload] = &[
    Overload::function("switch", &[], switch).rest(Parameter::new("args", Type::LazyPair)).no_keywords().examples(&[
        ("switch(2 > 3 => low, 3 > 2 => high)", "\"high\""),
        ("switch(false => 1)", "null"),
        ("switch(true => first, 1 / 0 = 1 => never)", "\"first\""),
    ]),
    Overload::function("selectCase", &[], select_case)
        .rest(CASES)
        .examples(&[("selectCase(1 > 2, 2 > 1, true)", "1"), ("selectCase(false, 0)", "2")]),
    Overload::function("selectAllCases", &[], select_all_cases)
        .rest(CASES)
        .examples(&[("selectAllCases(1 < 2, false, 3)", "[0, 2]")]),
    Overload::function("examine", &[], examine).rest(CASES).examples(&[("examine(1, '', [0])", "[true, false, true]")]),
    Overload::method("switchCase", &[int("case")], switch_case).rest(CASES).examples(&[
        ("1.switchCase(a, b, c)", "\"b\""),
        ("9.switchCase(a, b)", "\"b\""),
        ("let(0) -> $.switchCase()", "null"),
    ]),
    Overload::function("coalesce", &[], coalesce)
        .rest(CASES)
        .examples(&[("coalesce(null, false, 1)", "false"), ("coalesce(null)", "null")]),
];

/// Lambdas among the arguments.
fn cases<'v>(call: &Call<'_, 'v>) -> Vec<Rc<Lambda<'v>>> {
    let lambda = |value: &Value<'v>| match value {
        Value::Internal(Internal(Kind::Lambda(lambda))) => Rc::clone(lambda),
        other => Rc::new(Lambda::Constant(other.clone())),
    };
    call.rest.iter().map(lambda).collect()
}

fn switch<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    for case in &call.rest {
        if let Value::Internal(Internal(Kind::Pair(pair))) = case
            && let (Value::Internal(Internal(Kind::Lambda(condition))), Value::Internal(Internal(Kind::Lambda(result)))) =
                (&pair.0, &pair.1)
            && condition.call(Vec::new(), call.machine)?.is_true()
        {
            return result.call(Vec::new(), call.machine);
        }
    }
    Ok(Value::Null)
}

fn select_case<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let cases = cases(call);
    for (index, case) in cases.iter().enumerate() {
        if case.call(Vec::new(), call.machine)?.is_true() {
            return Ok(Value::Integer(index as i128));
        }
    }
    Ok(Value::Integer(cases.len() as i128))
}

fn select_all_cases<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cases = cases(call).into_iter().enumerate();
    call.stream(move |machine| {
        for (index, case) in cases.by_ref() {
            if case.call(Vec::new(), machine)?.is_true() {
                return Ok(Some(Value::Integer(index as i128)));
            }
        }
        Ok(None)
    })
}

fn examine<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut cases = cases(call).into_iter();
    call.stream(move |machine| match cases.next() {
        Some(case) => Ok(Some(Value::Boolean(case.call(Vec::new(), machine)?.is_true()))),
        None => Ok(None),
    })
}

fn switch_case<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let cases = cases(call);
    let chosen = usize::try_from(call.integer(0)?).ok().and_then(|index| cases.get(index)).or_else(|| cases.last());
    chosen.map_or(Ok(Value::Null), |case| case.call(Vec::new(), call.machine))
}

fn coalesce<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    for case in cases(call) {
        let value = case.call(Vec::new(), call.machine)?;
        if !matches!(value, Value::Null) {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}
