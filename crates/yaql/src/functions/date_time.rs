//! Dates and time spans: making, changing and printing them. Answers to date_time.py.

pub(super) mod operators;
mod parse;
pub(super) mod properties;

use jiff::civil;
use jiff::fmt::strtime;
use jiff::tz::Offset;

use super::{Call, Default, Outcome, Overload, Parameter, Type, Value, any, int, number, text};
use crate::error::EvaluationError;
use crate::value::{Datetime, Timespan};

const OFFSET: Parameter = Parameter::new("offset", Type::Timespan).or(Default::Absent);
const ZERO: Default = Default::Int(0);

const fn part(name: &'static str) -> Parameter {
    int(name).or(ZERO)
}

const fn replacement(name: &'static str) -> Parameter {
    int(name).or(Default::Null)
}

pub(super) const TABLE: &[Overload] = &[
    Overload::function(
        "datetime",
        &[
            int("year"),
            int("month"),
            int("day"),
            part("hour"),
            part("minute"),
            part("second"),
            part("microsecond"),
            OFFSET,
        ],
        build,
    )
    .examples(&[
        ("str(datetime(2020, 2, 29, 1, 2, 3))", "\"2020-02-29 01:02:03+00:00\""),
        ("datetime(2020, 1, 1, offset => timespan(hours => 2)).utc.hour", "22"),
    ]),
    Overload::function("datetime", &[number("timestamp"), OFFSET], from_timestamp).examples(&[
        ("str(datetime(86400))", "\"1970-01-02 00:00:00+00:00\""),
        ("datetime(1.5).microsecond", "500000"),
    ]),
    Overload::function("datetime", &[text("string"), text("format").or(Default::Null)], from_string).examples(&[
        ("str(datetime('2021-03-04T05:06:07Z'))", "\"2021-03-04 05:06:07+00:00\""),
        ("str(datetime('04.03.2021', '%d.%m.%Y'))", "\"2021-03-04 00:00:00+00:00\""),
    ]),
    Overload::function(
        "timespan",
        &[
            part("days"),
            part("hours"),
            part("minutes"),
            Parameter::new("seconds", Type::StrictInt).or(ZERO),
            Parameter::new("milliseconds", Type::StrictInt).or(ZERO),
            Parameter::new("microseconds", Type::StrictInt).or(ZERO),
        ],
        timespan,
    )
    .examples(&[("str(timespan(days => 1, hours => 2))", "\"1 day, 2:00:00\""), ("timespan(1).hours", "24.0")]),
    Overload::function("now", &[OFFSET.nullable()], now).examples(&[]),
    Overload::function("localtz", &[], |call| {
        Ok(Value::Timespan(Timespan::new(i64::from(call.machine.functions.local_offset_seconds()) * 1_000_000)))
    })
    .examples(&[("isTimespan(localtz())", "true")]),
    Overload::function("utctz", &[], |_| Ok(Value::Timespan(Timespan::new(0)))).examples(&[("utctz().seconds", "0.0")]),
    Overload::method(
        "replace",
        &[
            Parameter::new("dt", Type::Datetime),
            replacement("year"),
            replacement("month"),
            replacement("day"),
            replacement("hour"),
            replacement("minute"),
            replacement("second"),
            replacement("microsecond"),
            Parameter::new("offset", Type::Timespan).or(Default::Null),
        ],
        replace,
    )
    .examples(&[("datetime(2020, 1, 2).replace(year => 2021, day => 5).format('%Y-%m-%d')", "\"2021-01-05\"")]),
    Overload::method("format", &[Parameter::new("dt", Type::Datetime), text("format")], format)
        .examples(&[("datetime(2020, 1, 2, 15, 4).format('%A %d %b %H:%M %p')", "\"Thursday 02 Jan 15:04 PM\"")]),
    Overload::function("isDatetime", &[any("value")], |call| {
        Ok(Value::Boolean(matches!(call.value(0), Value::Datetime(_))))
    })
    .examples(&[("isDatetime(datetime(0))", "true"), ("isDatetime(timespan())", "false")]),
    Overload::function("isTimespan", &[any("value")], |call| {
        Ok(Value::Boolean(matches!(call.value(0), Value::Timespan(_))))
    })
    .examples(&[("isTimespan(timespan())", "true")]),
];

fn offset_seconds(call: &Call<'_, '_>, index: usize) -> Outcome<i32> {
    match call.given(index) {
        Some(Value::Timespan(span)) if span.microseconds.abs() >= 86_400_000_000 => Err(EvaluationError::value_error(
            "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).",
        )),
        Some(Value::Timespan(span)) => Ok((span.microseconds / 1_000_000) as i32),
        _ => Ok(0),
    }
}

pub(super) fn out_of_range() -> EvaluationError {
    EvaluationError::overflow("date value out of range")
}

/// Builds from parts, with Python's words for the first that is wrong.
fn from_parts<'v>(parts: [i64; 7], offset_seconds: i32) -> Outcome<Value<'v>> {
    let [year, month, day, hour, minute, second, microsecond] = parts;
    let wrong = |message: &str| Err(EvaluationError::value_error(message));
    if !(1..=9999).contains(&year) {
        return wrong(&format!("year {year} is out of range"));
    }
    if !(1..=12).contains(&month) {
        return wrong("month must be in 1..12");
    }
    let Ok(date) = civil::Date::new(year as i16, month as i8, i8::try_from(day).unwrap_or(0)) else {
        return wrong("day is out of range for month");
    };
    for (value, end, message) in [
        (hour, 23, "hour must be in 0..23"),
        (minute, 59, "minute must be in 0..59"),
        (second, 59, "second must be in 0..59"),
        (microsecond, 999_999, "microsecond must be in 0..999999"),
    ] {
        if !(0..=end).contains(&value) {
            return wrong(message);
        }
    }
    let civil = date.at(hour as i8, minute as i8, second as i8, microsecond as i32 * 1000);
    Ok(Value::Datetime(Datetime { civil, offset_seconds }))
}

fn build<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut parts = [0; 7];
    for (index, part) in parts.iter_mut().enumerate() {
        *part = call.index(index)?;
    }
    from_parts(parts, offset_seconds(call, 7)?)
}

fn from_timestamp<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let seconds = match call.value(0) {
        Value::Float(number) => number,
        _ => call.integer(0)? as f64,
    };
    let microseconds = (seconds * 1e6).round_ties_even();
    if !microseconds.is_finite() || microseconds.abs() > 4e17 {
        return Err(EvaluationError::value_error("timestamp out of range for platform time_t"));
    }
    let datetime = Datetime::from_instant(microseconds as i64, offset_seconds(call, 1)?);
    datetime.map(Value::Datetime).ok_or_else(|| EvaluationError::value_error("year is out of range"))
}

fn from_string<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let string = call.text(0)?;
    match call.optional_text(1).filter(|format| !format.is_empty()) {
        Some(format) => parse::with_format(&string, &format),
        None => parse::guess(&string),
    }
    .map(Value::Datetime)
}

fn timespan<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    const UNITS: [i128; 6] = [86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000, 1_000, 1];
    let mut total = 0_i128;
    for (index, unit) in UNITS.iter().enumerate() {
        total = total.saturating_add(call.integer(index)?.saturating_mul(*unit));
    }
    span(total)
}

/// A time span, unless it is longer than there is room for.
pub(super) fn span<'v>(microseconds: i128) -> Outcome<Value<'v>> {
    match i64::try_from(microseconds) {
        Ok(microseconds) => Ok(Value::Timespan(Timespan::new(microseconds))),
        Err(_) => Err(EvaluationError::overflow("days out of range; must have magnitude <= 999999999")),
    }
}

fn now<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let missing = || EvaluationError::new("NotImplementedError", "there is no clock here");
    let microseconds = call.machine.functions.now_microseconds().ok_or_else(missing)?;
    Datetime::from_instant(microseconds, offset_seconds(call, 0)?).map(Value::Datetime).ok_or_else(out_of_range)
}

fn replace<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let datetime = call.datetime(0)?;
    let civil = datetime.civil;
    let mut parts = [
        i64::from(civil.year()),
        i64::from(civil.month()),
        i64::from(civil.day()),
        i64::from(civil.hour()),
        i64::from(civil.minute()),
        i64::from(civil.second()),
        i64::from(civil.subsec_nanosecond() / 1000),
    ];
    for (index, part) in parts.iter_mut().enumerate() {
        if !matches!(call.value(index + 1), Value::Null) {
            *part = call.index(index + 1)?;
        }
    }
    let offset = match call.value(8) {
        Value::Null => datetime.offset_seconds,
        _ => offset_seconds(call, 8)?,
    };
    from_parts(parts, offset)
}

/// `strftime`
fn format<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (datetime, format) = (call.datetime(0)?, call.text(1)?);
    let offset = Offset::from_seconds(datetime.offset_seconds).map_err(|_| out_of_range())?;
    let format =
        format.replace("%f", &format!("{:06}", datetime.civil.subsec_nanosecond() / 1000)).replace("%Z", "UTC");
    call.machine.reserve(0, format.len() as u128 * 64)?;
    let mut parts = strtime::BrokenDownTime::from(datetime.civil);
    parts.set_offset(Some(offset));
    let text = parts.to_string(format.as_bytes());
    call.machine.string(text.map_err(|_| EvaluationError::value_error("Invalid format string"))?)
}
