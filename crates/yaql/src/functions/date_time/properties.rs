//! Attributes of dates and time spans.

use super::super::{Call, Outcome, Overload, Parameter, Type, Value};
use super::out_of_range;
use crate::value::{Datetime, Timespan};

const DATETIME: &[Parameter] = &[Parameter::new("obj", Type::Datetime)];
const TIMESPAN: &[Parameter] = &[Parameter::new("obj", Type::Timespan)];

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::function("#property#microseconds", TIMESPAN, |call| {
        Ok(Value::Integer(call.timespan(0)?.microseconds.into()))
    })
    .examples(&[("timespan(seconds => 1).microseconds", "1000000")]),
    Overload::function("#property#milliseconds", TIMESPAN, |call| per(call, 1e3))
        .examples(&[("timespan(seconds => 1).milliseconds", "1000.0")]),
    Overload::function("#property#seconds", TIMESPAN, |call| per(call, 1e6))
        .examples(&[("timespan(minutes => 1).seconds", "60.0")]),
    Overload::function("#property#minutes", TIMESPAN, |call| per(call, 6e7))
        .examples(&[("timespan(hours => 1).minutes", "60.0")]),
    Overload::function("#property#hours", TIMESPAN, |call| per(call, 3.6e9))
        .examples(&[("timespan(days => -1).hours", "-24.0")]),
    Overload::function("#property#days", TIMESPAN, |call| per(call, 8.64e10))
        .examples(&[("timespan(hours => 36).days", "1.5")]),
    Overload::function("#property#year", DATETIME, |call| Ok(integer(call.datetime(0)?.civil.year())))
        .examples(&[("datetime(2020, 3, 4).year", "2020")]),
    Overload::function("#property#month", DATETIME, |call| Ok(integer(call.datetime(0)?.civil.month())))
        .examples(&[("datetime(2020, 3, 4).month", "3")]),
    Overload::function("#property#day", DATETIME, |call| Ok(integer(call.datetime(0)?.civil.day())))
        .examples(&[("datetime(2020, 3, 4).day", "4")]),
    Overload::function("#property#hour", DATETIME, |call| Ok(integer(call.datetime(0)?.civil.hour())))
        .examples(&[("datetime(2020, 3, 4, 5).hour", "5")]),
    Overload::function("#property#minute", DATETIME, |call| Ok(integer(call.datetime(0)?.civil.minute())))
        .examples(&[("datetime(2020, 3, 4, 5, 6).minute", "6")]),
    Overload::function("#property#second", DATETIME, |call| Ok(integer(call.datetime(0)?.civil.second())))
        .examples(&[("datetime(2020, 3, 4, 5, 6, 7).second", "7")]),
    Overload::function("#property#microsecond", DATETIME, |call| {
        Ok(integer(call.datetime(0)?.civil.subsec_nanosecond() / 1000))
    })
    .examples(&[("datetime(2020, 3, 4, 5, 6, 7, 8).microsecond", "8")]),
    Overload::function("#property#weekday", DATETIME, |call| {
        Ok(integer(call.datetime(0)?.civil.weekday().to_monday_zero_offset()))
    })
    .examples(&[("datetime(2020, 3, 4).weekday", "2")]),
    Overload::function("#property#offset", DATETIME, |call| {
        Ok(Value::Timespan(Timespan::new(i64::from(call.datetime(0)?.offset_seconds) * 1_000_000)))
    })
    .examples(&[("datetime(2020, 1, 1).offset.hours", "0.0")]),
    Overload::function("#property#timestamp", DATETIME, |call| {
        Ok(Value::Float(call.datetime(0)?.instant() as f64 / 1e6))
    })
    .examples(&[("datetime(1970, 1, 2).timestamp", "86400.0")]),
    Overload::function("#property#date", DATETIME, |call| {
        let datetime = call.datetime(0)?;
        let civil = datetime.civil.date().at(0, 0, 0, 0);
        Ok(Value::Datetime(Datetime { civil, offset_seconds: datetime.offset_seconds }))
    })
    .examples(&[("datetime(2020, 3, 4, 5).date.hour", "0")]),
    Overload::function("#property#time", DATETIME, |call| {
        Ok(Value::Timespan(Timespan::new(call.datetime(0)?.local().rem_euclid(86_400_000_000))))
    })
    .examples(&[("datetime(2020, 3, 4, 5, 30).time.hours", "5.5")]),
    // The original subtracts the offset and leaves the zone as it was.
    Overload::function("#property#utc", DATETIME, |call| {
        let datetime = call.datetime(0)?;
        let utc = Datetime::from_local(datetime.instant(), datetime.offset_seconds);
        utc.map(Value::Datetime).ok_or_else(out_of_range)
    })
    .examples(&[("datetime(2020, 3, 4, 5, offset => timespan(hours => 3)).utc.hour", "2")]),
];

fn integer<'v>(number: impl Into<i128>) -> Value<'v> {
    Value::Integer(number.into())
}

fn per<'v>(call: &Call<'_, 'v>, unit: f64) -> Outcome<Value<'v>> {
    Ok(Value::Float(call.timespan(0)?.microseconds as f64 / unit))
}
