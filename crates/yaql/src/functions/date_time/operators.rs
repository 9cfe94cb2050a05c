//! Operators on dates and time spans.

use super::super::{Call, Outcome, Overload, Parameter, Type, Value, number};
use super::{out_of_range, span};
use crate::error::EvaluationError;
use crate::value::{Datetime, Timespan};

const DT: Parameter = Parameter::new("dt", Type::Datetime);
const DT2: Parameter = Parameter::new("dt2", Type::Datetime);
const TS: Parameter = Parameter::new("ts", Type::Timespan);
const TS2: Parameter = Parameter::new("ts2", Type::Timespan);
const DATES: &[Parameter] = &[DT, DT2];
const SPANS: &[Parameter] = &[TS, TS2];

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::function("#operator_+", &[DT, TS], |call| moved(call.datetime(0)?, call.timespan(1)?.microseconds))
        .examples(&[("(datetime(2020, 1, 31) + timespan(days => 1)).month", "2")]),
    Overload::function("#operator_+", &[TS, DT], |call| moved(call.datetime(1)?, call.timespan(0)?.microseconds))
        .examples(&[("(timespan(hours => 1) + datetime(2020, 1, 1)).hour", "1")]),
    Overload::function("#operator_-", &[DT, TS], |call| {
        moved(call.datetime(0)?, call.timespan(1)?.microseconds.saturating_neg())
    })
    .examples(&[("(datetime(2020, 1, 1) - timespan(days => 1)).year", "2019")]),
    Overload::function("#operator_-", DATES, |call| {
        span(i128::from(call.datetime(0)?.instant()) - i128::from(call.datetime(1)?.instant()))
    })
    .examples(&[("(datetime(2020, 1, 2) - datetime(2020, 1, 1)).days", "1.0")]),
    Overload::function("#operator_+", SPANS, |call| combined(call, |left, right| left + right))
        .examples(&[("(timespan(days => 1) + timespan(hours => 12)).hours", "36.0")]),
    Overload::function("#operator_-", SPANS, |call| combined(call, |left, right| left - right))
        .examples(&[("(timespan(days => 1) - timespan(hours => 12)).hours", "12.0")]),
    Overload::function("#operator_>", DATES, |call| dates(call, |order| order.is_gt()))
        .examples(&[("datetime(1) > datetime(0)", "true")]),
    Overload::function("#operator_>=", DATES, |call| dates(call, |order| order.is_ge()))
        .examples(&[("datetime(0) >= datetime(0)", "true")]),
    Overload::function("#operator_<", DATES, |call| dates(call, |order| order.is_lt()))
        .examples(&[("datetime(1) < datetime(0)", "false")]),
    Overload::function("#operator_<=", DATES, |call| dates(call, |order| order.is_le()))
        .examples(&[("datetime(0) <= datetime(1)", "true")]),
    Overload::function("#operator_>", SPANS, |call| spans(call, |order| order.is_gt()))
        .examples(&[("timespan(1) > timespan(hours => 23)", "true")]),
    Overload::function("#operator_>=", SPANS, |call| spans(call, |order| order.is_ge()))
        .examples(&[("timespan(1) >= timespan(hours => 24)", "true")]),
    Overload::function("#operator_<", SPANS, |call| spans(call, |order| order.is_lt()))
        .examples(&[("timespan(1) < timespan(2)", "true")]),
    Overload::function("#operator_<=", SPANS, |call| spans(call, |order| order.is_le()))
        .examples(&[("timespan(2) <= timespan(1)", "false")]),
    Overload::function("#operator_*", &[TS, number("n")], |call| scaled(call, 0, 1, false))
        .examples(&[("(timespan(1) * 1.5).hours", "36.0")]),
    Overload::function("#operator_*", &[number("n"), TS], |call| scaled(call, 1, 0, false))
        .examples(&[("(2 * timespan(1)).days", "2.0")]),
    Overload::function("#operator_/", SPANS, |call| {
        let divisor = call.timespan(1)?.microseconds;
        if divisor == 0 {
            return Err(EvaluationError::new("ZeroDivisionError", "float division by zero"));
        }
        Ok(Value::Float(call.timespan(0)?.microseconds as f64 / divisor as f64))
    })
    .examples(&[("timespan(1) / timespan(hours => 12)", "2.0")]),
    Overload::function("#operator_/", &[TS, number("n")], |call| scaled(call, 0, 1, true))
        .examples(&[("(timespan(1) / 2).hours", "12.0")]),
    Overload::function("#unary_operator_-", &[TS], |call| span(-i128::from(call.timespan(0)?.microseconds)))
        .examples(&[("(-timespan(1)).hours", "-24.0")]),
    Overload::function("#unary_operator_+", &[TS], |call| Ok(call.value(0)))
        .examples(&[("(+timespan(1)).hours", "24.0")]),
];

fn moved<'v>(datetime: Datetime, microseconds: i64) -> Outcome<Value<'v>> {
    let local = datetime.local().checked_add(microseconds);
    let moved = local.and_then(|local| Datetime::from_local(local, datetime.offset_seconds));
    moved.map(Value::Datetime).ok_or_else(out_of_range)
}

fn combined<'v>(call: &Call<'_, 'v>, combine: fn(i128, i128) -> i128) -> Outcome<Value<'v>> {
    span(combine(i128::from(call.timespan(0)?.microseconds), i128::from(call.timespan(1)?.microseconds)))
}

fn dates<'v>(call: &Call<'_, 'v>, accepts: fn(std::cmp::Ordering) -> bool) -> Outcome<Value<'v>> {
    Ok(Value::Boolean(accepts(call.datetime(0)?.instant().cmp(&call.datetime(1)?.instant()))))
}

fn spans<'v>(call: &Call<'_, 'v>, accepts: fn(std::cmp::Ordering) -> bool) -> Outcome<Value<'v>> {
    Ok(Value::Boolean(accepts(call.timespan(0)?.cmp(&call.timespan(1)?))))
}

/// Multiplied or divided by a number, to the nearest microsecond.
fn scaled<'v>(call: &Call<'_, 'v>, timespan: usize, factor: usize, divide: bool) -> Outcome<Value<'v>> {
    let Timespan { microseconds } = call.timespan(timespan)?;
    if let (Value::Integer(factor), false) = (call.value(factor), divide) {
        return span(i128::from(microseconds).saturating_mul(factor));
    }
    let factor = match call.value(factor) {
        Value::Float(number) => number,
        _ => call.integer(factor)? as f64,
    };
    if divide && factor == 0.0 {
        return Err(EvaluationError::new("ZeroDivisionError", "float division by zero"));
    }
    let scaled = if divide { microseconds as f64 / factor } else { microseconds as f64 * factor };
    if !scaled.is_finite() {
        return Err(EvaluationError::overflow("cannot convert float infinity to integer"));
    }
    span(scaled.round_ties_even() as i128)
}
