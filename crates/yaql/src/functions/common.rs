//! Equality, and comparison with null, which sorts before everything. Answers to common.py.

use super::{Overload, Parameter, Type, Value, any};
use crate::value::equals;

const ANYTHING: Parameter = any("right").not_null();
const NOTHING: Parameter = Parameter::new("right", Type::Null);
const LEFT_ANYTHING: Parameter = any("left").not_null();
const LEFT_NOTHING: Parameter = Parameter::new("left", Type::Null);

const WITH_NULL: &[Parameter] = &[LEFT_ANYTHING, NOTHING];
const OF_NULL: &[Parameter] = &[LEFT_NOTHING, ANYTHING];
const BOTH_NULL: &[Parameter] = &[LEFT_NOTHING, NOTHING];

pub(super) const TABLE: &[Overload] = &[
    Overload::function("*equal", &[any("left"), any("right")], |call| {
        Ok(Value::Boolean(equals(&call.value(0), &call.value(1), Some(call.machine))?))
    })
    .examples(&[("1 = 1.0", "true"), ("[1, {a => 2}] = [1, {a => 2}]", "true"), ("'1' = 1", "false")]),
    Overload::function("*not_equal", &[any("left"), any("right")], |call| {
        Ok(Value::Boolean(!equals(&call.value(0), &call.value(1), Some(call.machine))?))
    })
    .examples(&[("null != false", "true"), ("'a' != a", "false")]),
    Overload::function("#operator_<", WITH_NULL, |_| Ok(Value::Boolean(false))).examples(&[("7 < null", "false")]),
    Overload::function("#operator_<=", WITH_NULL, |_| Ok(Value::Boolean(false))).examples(&[("x <= null", "false")]),
    Overload::function("#operator_>", WITH_NULL, |_| Ok(Value::Boolean(true))).examples(&[("false > null", "true")]),
    Overload::function("#operator_>=", WITH_NULL, |_| Ok(Value::Boolean(true))).examples(&[("[] >= null", "true")]),
    Overload::function("#operator_<", OF_NULL, |_| Ok(Value::Boolean(true))).examples(&[("null < -5", "true")]),
    Overload::function("#operator_<=", OF_NULL, |_| Ok(Value::Boolean(true))).examples(&[("null <= ''", "true")]),
    Overload::function("#operator_>", OF_NULL, |_| Ok(Value::Boolean(false))).examples(&[("null > {}", "false")]),
    Overload::function("#operator_>=", OF_NULL, |_| Ok(Value::Boolean(false))).examples(&[("null >= 0", "false")]),
    Overload::function("#operator_<", BOTH_NULL, |_| Ok(Value::Boolean(false))).examples(&[("null < null", "false")]),
    Overload::function("#operator_<=", BOTH_NULL, |_| Ok(Value::Boolean(true))).examples(&[("null <= null", "true")]),
    Overload::function("#operator_>", BOTH_NULL, |_| Ok(Value::Boolean(false))).examples(&[("null > null", "false")]),
    Overload::function("#operator_>=", BOTH_NULL, |_| Ok(Value::Boolean(true))).examples(&[("null >= null", "true")]),
];
