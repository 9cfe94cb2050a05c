//! Truth. `and` and `or` are evaluated where chains of operators are, because they are lazy. Answers to boolean.py.

use super::{Overload, Value, any};

pub(super) const TABLE: &[Overload] = &[
    Overload::function("#unary_operator_not", &[any("arg")], |call| Ok(Value::Boolean(!call.flag(0)))).examples(&[
        ("not []", "true"),
        ("not 'no'", "false"),
        ("not not 3", "true"),
    ]),
    Overload::function("bool", &[any("value")], |call| Ok(Value::Boolean(call.flag(0)))).examples(&[
        ("bool({})", "false"),
        ("bool(0.0)", "false"),
        ("bool('0')", "true"),
        ("bool(timespan())", "false"),
    ]),
    Overload::function("isBoolean", &[any("value")], |call| {
        Ok(Value::Boolean(matches!(call.value(0), Value::Boolean(_))))
    })
    .examples(&[("isBoolean(1 = 1)", "true"), ("isBoolean(null)", "false")]),
];
