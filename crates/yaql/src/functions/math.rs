//! Numbers: Python's integers (here of 128 bits) and floats. Answers to math.py.

mod arithmetic;
mod convert;

use arithmetic::{add, compare};

use std::cmp::Ordering;

use super::{Call, Default, Outcome, Overload, Parameter, Value, any, int, number};
use crate::error::EvaluationError;

const PAIR: &[Parameter] = &[number("left"), number("right")];
const BITS: &[Parameter] = &[int("left"), int("right")];
const SHIFT: &[Parameter] = &[int("value"), int("bitsNumber")];

pub(super) const TABLE: &[Overload] =
    &[
        Overload::function("#operator_+", PAIR, |call| add(&call.value(0), &call.value(1)))
            .examples(&[("4 + 3", "7"), ("1 + 0.5", "1.5")]),
        Overload::function("#operator_-", PAIR, |call| arithmetic::subtract(&call.value(0), &call.value(1)))
            .examples(&[("4 - 7", "-3")]),
        Overload::function("#operator_*", PAIR, |call| arithmetic::multiply(&call.value(0), &call.value(1)))
            .examples(&[("4 * 2.5", "10.0")]),
        Overload::function("#operator_/", PAIR, |call| arithmetic::divide(&call.value(0), &call.value(1))).examples(&[
            ("7 / 2", "3"),
            ("-7 / 2", "-4"),
            ("7.0 / 2", "3.5"),
        ]),
        Overload::function("#operator_mod", PAIR, |call| arithmetic::modulo(&call.value(0), &call.value(1)))
            .examples(&[("7 mod 3", "1"), ("-7 mod 3", "2"), ("7 mod -3", "-2"), ("7.5 mod 2", "1.5")]),
        Overload::function("#unary_operator_+", &[number("op")], |call| Ok(call.value(0))).examples(&[("+3", "3")]),
        Overload::function("#unary_operator_-", &[number("op")], |call| arithmetic::negate(&call.value(0)))
            .examples(&[("-3", "-3"), ("--3.5", "3.5")]),
        Overload::function("#operator_>", PAIR, |call| compared(call, |order| order.is_gt()))
            .examples(&[("2 > 1.5", "true")]),
        Overload::function("#operator_>=", PAIR, |call| compared(call, |order| order.is_ge()))
            .examples(&[("2 >= 2", "true")]),
        Overload::function("#operator_<", PAIR, |call| compared(call, |order| order.is_lt()))
            .examples(&[("2 < 1", "false")]),
        Overload::function("#operator_<=", PAIR, |call| compared(call, |order| order.is_le()))
            .examples(&[("1 <= 1.0", "true")]),
        Overload::function("abs", &[number("op")], abs).examples(&[("abs(-4)", "4"), ("abs(1.5)", "1.5")]),
        Overload::function("int", &[any("value")], |call| convert::int(&call.value(0))).examples(&[
            ("int('12')", "12"),
            ("int(-3.9)", "-3"),
            ("int(null)", "0"),
            ("int(' 1_000 ')", "1000"),
        ]),
        Overload::function("float", &[any("value")], |call| convert::float(&call.value(0))).examples(&[
            ("float('2.5')", "2.5"),
            ("float(3)", "3.0"),
            ("float(null)", "0.0"),
        ]),
        Overload::function("random", &[], |call| random(call).map(Value::Float)).examples(&[]),
        Overload::function("random", &[any("from"), any("to")], random_between).examples(&[("random(4, 4)", "4")]),
        Overload::function("bitwiseAnd", BITS, |call| bits(call, |left, right| left & right))
            .examples(&[("bitwiseAnd(12, 10)", "8")]),
        Overload::function("bitwiseOr", BITS, |call| bits(call, |left, right| left | right))
            .examples(&[("bitwiseOr(12, 10)", "14")]),
        Overload::function("bitwiseXor", BITS, |call| bits(call, |left, right| left ^ right))
            .examples(&[("bitwiseXor(12, 10)", "6")]),
        Overload::function("bitwiseNot", &[int("arg")], |call| Ok(Value::Integer(!call.integer(0)?)))
            .examples(&[("bitwiseNot(5)", "-6")]),
        Overload::function("shiftBitsRight", SHIFT, |call| arithmetic::shift_right(call.integer(0)?, call.integer(1)?))
            .examples(&[("shiftBitsRight(20, 2)", "5"), ("shiftBitsRight(-1, 500)", "-1")]),
        Overload::function("shiftBitsLeft", SHIFT, |call| arithmetic::shift_left(call.integer(0)?, call.integer(1)?))
            .examples(&[("shiftBitsLeft(5, 2)", "20")]),
        Overload::function("max", &[any("a"), any("b")], |call| extreme(call, true)).examples(&[
            ("max(3, 8)", "8"),
            ("max(null, 1)", "1"),
            ("max(a, b)", "\"b\""),
        ]),
        Overload::function("min", &[any("a"), any("b")], |call| extreme(call, false))
            .examples(&[("min(3, 8)", "3"), ("min(null, 1)", "null")]),
        Overload::function("pow", &[number("a"), number("b"), number("c").or(Default::Null)], |call| {
            arithmetic::power(&call.value(0), &call.value(1), &call.value(2))
        })
        .examples(&[
            ("pow(2, 10)", "1024"),
            ("pow(2, 10, 1000)", "24"),
            ("pow(2, -1)", "0.5"),
            ("pow(0.5, 2)", "0.25"),
        ]),
        Overload::function("sign", &[number("num")], |call| {
            Ok(Value::Integer(compare(&call.value(0), &Value::Integer(0)).map_or(0, |order| order as i128)))
        })
        .examples(&[("sign(-4)", "-1"), ("sign(0.0)", "0"), ("sign(9)", "1")]),
        Overload::function("round", &[number("number"), int("ndigits").or(Default::Int(0))], |call| {
            convert::round(&call.value(0), call.index(1)?)
        })
        .examples(&[("round(2.5)", "2.0"), ("round(2.675, 2)", "2.67"), ("round(1250, -2)", "1200")]),
        Overload::function("isInteger", &[any("value")], |call| {
            Ok(Value::Boolean(matches!(call.value(0), Value::Integer(_))))
        })
        .examples(&[("isInteger(3)", "true"), ("isInteger(3.0)", "false"), ("isInteger(true)", "false")]),
        Overload::function("isNumber", &[any("value")], |call| {
            Ok(Value::Boolean(matches!(call.value(0), Value::Integer(_) | Value::Float(_))))
        })
        .examples(&[("isNumber(3.0)", "true"), ("isNumber('3')", "false")]),
    ];

/// Operators between two numbers need no look at the table; `None` for anything else.
pub(crate) fn on_numbers<'v>(operator: &str, left: &Value<'v>, right: &Value<'v>) -> Option<Outcome<Value<'v>>> {
    let is_number = |value: &Value<'v>| matches!(value, Value::Integer(_) | Value::Float(_));
    if !is_number(left) || !is_number(right) {
        return None;
    }
    let order = || compare(left, right);
    Some(match operator {
        "+" => add(left, right),
        "-" => arithmetic::subtract(left, right),
        "*" => arithmetic::multiply(left, right),
        "/" => arithmetic::divide(left, right),
        "mod" => arithmetic::modulo(left, right),
        "<" => Ok(Value::Boolean(order().is_some_and(Ordering::is_lt))),
        "<=" => Ok(Value::Boolean(order().is_some_and(Ordering::is_le))),
        ">" => Ok(Value::Boolean(order().is_some_and(Ordering::is_gt))),
        ">=" => Ok(Value::Boolean(order().is_some_and(Ordering::is_ge))),
        _ => return None,
    })
}

fn compared<'v>(call: &Call<'_, 'v>, accepts: fn(Ordering) -> bool) -> Outcome<Value<'v>> {
    Ok(Value::Boolean(compare(&call.value(0), &call.value(1)).is_some_and(accepts)))
}

fn abs<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    match call.value(0) {
        Value::Float(number) => Ok(Value::Float(number.abs())),
        _ => call.integer(0)?.checked_abs().map(Value::Integer).ok_or_else(arithmetic::too_large),
    }
}

fn bits<'v>(call: &Call<'_, 'v>, combine: fn(i128, i128) -> i128) -> Outcome<Value<'v>> {
    Ok(Value::Integer(combine(call.integer(0)?, call.integer(1)?)))
}

/// The greater or lesser of two values of any kind that `>` knows.
fn extreme<'v>(call: &Call<'_, 'v>, greatest: bool) -> Outcome<Value<'v>> {
    let second_is_greater =
        call.machine.invoke("#operator_>", vec![call.value(1), call.value(0)], &call.frame)?.is_true();
    Ok(if second_is_greater == greatest { call.value(1) } else { call.value(0) })
}

fn random(call: &Call<'_, '_>) -> Outcome<f64> {
    let missing = || EvaluationError::new("NotImplementedError", "there is no source of random numbers here");
    call.machine.functions.random().ok_or_else(missing)
}

fn random_between<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (Value::Integer(from), Value::Integer(to)) = (call.value(0), call.value(1)) else {
        return Err(EvaluationError::type_error("random() needs integers"));
    };
    if from == to {
        return Ok(Value::Integer(from));
    }
    let range = to.checked_sub(from).and_then(|range| range.checked_add(1)).filter(|range| *range > 0);
    let range =
        range.ok_or_else(|| EvaluationError::value_error(format!("empty range for randrange() ({from}, {to})")))?;
    Ok(Value::Integer(from + (random(call)? * range as f64) as i128))
}
