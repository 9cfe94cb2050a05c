//! Parts of strings by position.

use super::super::{Call, Default, Outcome, Overload, Parameter, Value, int, text};

const START: Parameter = int("start").or(Default::Int(0));
const FROM: &[Parameter] = &[text("string"), text("sub"), START];
const WITHIN: &[Parameter] = &[text("string"), text("sub"), int("start"), int("length")];

pub(in crate::functions) const TABLE: &[Overload] = &[
    Overload::method("substring", &[text("string"), int("start"), int("length").or(Default::Int(-1))], substring)
        .examples(&[
            ("abcd.substring(1, 2)", "\"bc\""),
            ("abcd.substring(-2)", "\"cd\""),
            ("abcd.substring(9)", "\"\""),
        ]),
    Overload::method("indexOf", FROM, |call| found(call, false, false)).examples(&[
        ("abcabc.indexOf(c)", "2"),
        ("abcabc.indexOf(c, 3)", "5"),
        ("abc.indexOf(x)", "-1"),
    ]),
    Overload::method("indexOf", WITHIN, |call| found(call, true, false)).examples(&[("abcabc.indexOf(c, 0, 2)", "-1")]),
    Overload::method("lastIndexOf", FROM, |call| found(call, false, true)).examples(&[("abcabc.lastIndexOf(b)", "4")]),
    Overload::method("lastIndexOf", WITHIN, |call| found(call, true, true))
        .examples(&[("abcabc.lastIndexOf(b, 0, 4)", "1")]),
];

/// Python's slice bounds for a string of `length` characters.
fn clamp(index: i64, length: i64) -> usize {
    let index = if index < 0 { index + length } else { index };
    index.clamp(0, length) as usize
}

fn substring<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let string = call.text(0)?;
    let total = string.chars().count() as i64;
    let (mut start, mut length) = (call.index(1)?, call.index(2)?);
    if length < 0 {
        length = total;
    }
    if start < 0 {
        start += total;
    }
    let (first, last) = (clamp(start, total), clamp(start.saturating_add(length), total));
    call.machine.charge(total as u64 / 16)?;
    call.machine.string(string.chars().skip(first).take(last.saturating_sub(first)).collect())
}

fn found<'v>(call: &Call<'_, 'v>, bounded: bool, last: bool) -> Outcome<Value<'v>> {
    let (string, wanted) = (call.text(0)?, call.text(1)?);
    let total = string.chars().count() as i64;
    call.machine.charge(total as u64 / 16)?;
    let mut start = call.index(2)?;
    let mut end = total;
    if bounded {
        let length = call.index(3)?;
        if start < 0 {
            start += total;
        }
        end = start.saturating_add(if length < 0 { total - start } else { length });
    }
    if start > total {
        return Ok(Value::Integer(-1));
    }
    let (first, end) = (clamp(start, total), clamp(end, total));
    let byte = |index: usize| string.char_indices().nth(index).map_or(string.len(), |(byte, _)| byte);
    let (from, to) = (byte(first), byte(end));
    let Some(window) = string.get(from..to) else { return Ok(Value::Integer(-1)) };
    let place = if last { window.rfind(&*wanted) } else { window.find(&*wanted) };
    Ok(Value::Integer(place.map_or(-1, |byte| (first + window[..byte].chars().count()) as i128)))
}
