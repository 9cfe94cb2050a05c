//! Strings. Positions count characters, as Python's do. Answers to strings.py.

mod characters;
pub(super) mod search;
mod splitting;

use super::{Call, Default, Outcome, Overload, Parameter, Type, Value, any, int, iterable, mapping, number, text};
use crate::error::EvaluationError;
use crate::value::{Cursor, python_str};

const PAIR: &[Parameter] = &[text("left"), text("right")];
const CHARS: Parameter = text("chars").or(Default::Null);
const TRIMMED: &[Parameter] = &[text("string"), CHARS];

pub(super) const TABLE: &[Overload] = &[
    Overload::function("#operator_>", PAIR, |call| compared(call, |order| order.is_gt()))
        .examples(&[("'b' > 'abc'", "true")]),
    Overload::function("#operator_<", PAIR, |call| compared(call, |order| order.is_lt()))
        .examples(&[("'Z' < 'a'", "true")]),
    Overload::function("#operator_>=", PAIR, |call| compared(call, |order| order.is_ge()))
        .examples(&[("a >= a", "true")]),
    Overload::function("#operator_<=", PAIR, |call| compared(call, |order| order.is_le()))
        .examples(&[("b <= a", "false")]),
    Overload::function("concat", &[], concat).rest(text("args")).examples(&[("concat(a, b, c)", "\"abc\"")]),
    Overload::function("#operator_+", &[], concat).rest(text("args")).examples(&[("'a' + 'b' + 'c'", "\"abc\"")]),
    Overload::extension("len", &[text("string")], |call| Ok(Value::Integer(call.text(0)?.chars().count() as i128)))
        .examples(&[("'héllo'.len()", "5"), ("len('')", "0")]),
    Overload::method("toUpper", &[text("string")], |call| call.machine.string(call.text(0)?.to_uppercase()))
        .examples(&[("abc.toUpper()", "\"ABC\"")]),
    Overload::method("toLower", &[text("string")], |call| call.machine.string(call.text(0)?.to_lowercase()))
        .examples(&[("ABC.toLower()", "\"abc\"")]),
    Overload::method("split", &[text("string"), CHARS_SEPARATOR, MAX_SPLITS], |call| splitting::split(call, false))
        .examples(&[
            ("' a  b c '.split()", "[\"a\", \"b\", \"c\"]"),
            ("'a,b,,c'.split(',')", "[\"a\", \"b\", \"\", \"c\"]"),
            ("'a b  c'.split(maxSplits => 1)", "[\"a\", \"b  c\"]"),
        ]),
    Overload::method("rightSplit", &[text("string"), CHARS_SEPARATOR, MAX_SPLITS], |call| splitting::split(call, true))
        .examples(&[
            ("'a.b.c'.rightSplit('.', 1)", "[\"a.b\", \"c\"]"),
            ("'a b  c'.rightSplit(null, 1)", "[\"a b\", \"c\"]"),
        ]),
    Overload::method("join", &[iterable("sequence"), text("separator")], |call| join(call, 0, 1))
        .examples(&[("[1, true, null, x].join('-')", "\"1-true-null-x\"")]),
    Overload::method("join", &[text("separator"), iterable("sequence")], |call| join(call, 1, 0))
        .examples(&[("', '.join([a, b])", "\"a, b\"")]),
    Overload::function("str", &[any("value")], |call| {
        let text = yaql_text(call, &call.value(0))?;
        Ok(Value::String(text.into()))
    })
    .examples(&[
        ("str(null)", "\"null\""),
        ("str(true)", "\"true\""),
        ("str([1, a, null])", "\"(1, 'a', None)\""),
        ("str(1.0)", "\"1.0\""),
        ("str({a => [true]})", "\"{'a': (True,)}\""),
    ]),
    Overload::method("trim", TRIMMED, |call| trimmed(call, true, true))
        .examples(&[("'  ab '.trim()", "\"ab\""), ("'xxabxx'.trim(x)", "\"ab\"")]),
    Overload::method("trimLeft", TRIMMED, |call| trimmed(call, true, false))
        .examples(&[("'  ab '.trimLeft()", "\"ab \"")]),
    Overload::method("trimRight", TRIMMED, |call| trimmed(call, false, true))
        .examples(&[("'  ab '.trimRight()", "\"  ab\"")]),
    Overload::extension("norm", &[text("string").nullable(), CHARS], norm).examples(&[
        ("'  '.norm()", "null"),
        ("' a '.norm()", "\"a\""),
        ("norm(null)", "null"),
    ]),
    Overload::extension(
        "isEmpty",
        &[text("string").nullable(), Parameter::new("trim", Type::Boolean).or(Default::Boolean(true)), CHARS],
        is_empty,
    )
    .examples(&[("' '.isEmpty()", "true"), ("' '.isEmpty(trim => false)", "false"), ("isEmpty(null)", "true")]),
    Overload::method(
        "replace",
        &[text("string"), text("old"), text("new"), int("count").or(Default::Int(-1))],
        replace,
    )
    .examples(&[
        ("abab.replace(a, x)", "\"xbxb\""),
        ("abab.replace(a, x, 1)", "\"xbab\""),
        ("ab.replace('', '-')", "\"-a-b-\""),
    ]),
    Overload::method(
        "replace",
        &[text("string"), mapping("replacements"), int("count").or(Default::Int(-1))],
        replace_many,
    )
    .examples(&[("'x=1'.replace({x => y, 1 => true})", "\"y=true\"")]),
    Overload::function("#operator_*", &[text("left"), int("right")], |call| repeat(call, 0, 1))
        .examples(&[("ab * 2", "\"abab\"")]),
    Overload::function("#operator_*", &[int("left"), text("right")], |call| repeat(call, 1, 0))
        .examples(&[("-1 * ab", "\"\"")]),
    Overload::function("#operator_in", PAIR, |call| Ok(Value::Boolean(call.text(1)?.contains(&*call.text(0)?))))
        .examples(&[("b in abc", "true"), ("'' in ''", "true")]),
    Overload::method("toCharArray", &[text("string")], |call| {
        let text = call.text(0)?;
        call.machine.charge_items(text.len())?;
        call.machine.tuple(text.chars().map(|character| Value::string(character.to_string())).collect())
    })
    .examples(&[("ab.toCharArray()", "[\"a\", \"b\"]")]),
    Overload::function("characters", characters::PARAMETERS, characters::characters)
        .examples(&[("characters(octdigits => true).orderBy($).join('')", "\"01234567\"")]),
    Overload::function("isString", &[any("arg")], |call| Ok(Value::Boolean(matches!(call.value(0), Value::String(_)))))
        .examples(&[("isString(a)", "true"), ("isString(null)", "false")]),
    Overload::method("startsWith", &[text("string")], |call| {
        let string = call.text(0)?;
        Ok(Value::Boolean(affixes(call).any(|prefix| string.starts_with(&*prefix))))
    })
    .rest(text("prefixes"))
    .examples(&[("abc.startsWith(x, ab)", "true"), ("abc.startsWith()", "false")]),
    Overload::method("endsWith", &[text("string")], |call| {
        let string = call.text(0)?;
        Ok(Value::Boolean(affixes(call).any(|suffix| string.ends_with(&*suffix))))
    })
    .rest(text("suffixes"))
    .examples(&[("abc.endsWith(bc)", "true")]),
    Overload::function("hex", &[number("num").nullable()], hex)
        .examples(&[("hex(255)", "\"0xff\""), ("hex(-1)", "\"-0x1\"")]),
];

const CHARS_SEPARATOR: Parameter = text("separator").or(Default::Null);
const MAX_SPLITS: Parameter = int("maxSplits").or(Default::Int(-1));

fn compared<'v>(call: &Call<'_, 'v>, accepts: fn(std::cmp::Ordering) -> bool) -> Outcome<Value<'v>> {
    Ok(Value::Boolean(accepts(call.text(0)?.chars().cmp(call.text(1)?.chars()))))
}

fn affixes<'c, 'v>(call: &'c Call<'_, 'v>) -> impl Iterator<Item = String> + use<'c, 'v> {
    call.rest.iter().map(|value| python_str(value))
}

fn concat<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut joined = String::new();
    for value in &call.rest {
        if let Value::String(text) = value {
            call.machine.charge_bytes(text.len() as u64)?;
            joined.push_str(text);
        }
    }
    call.machine.string(joined)
}

/// YAQL's `str()`: constants in its own spelling, everything else as Python prints it.
fn yaql_text<'v>(call: &Call<'_, 'v>, value: &Value<'v>) -> Outcome<String> {
    match value {
        Value::Null => Ok("null".to_owned()),
        Value::Boolean(boolean) => Ok(boolean.to_string()),
        other => call.machine.text_of(other),
    }
}

fn join<'v>(call: &Call<'_, 'v>, sequence: usize, separator: usize) -> Outcome<Value<'v>> {
    let separator = call.text(separator)?;
    let mut cursor: Cursor<'v> = call.cursor(sequence)?;
    let mut joined = String::new();
    let mut first = true;
    while let Some(item) = cursor.next(call.machine)? {
        if !std::mem::take(&mut first) {
            call.machine.charge_bytes(separator.len() as u64)?;
            joined.push_str(&separator);
        }
        joined.push_str(&yaql_text(call, &item)?);
    }
    Ok(Value::String(joined.into()))
}

/// Python's `strip`: blanks, or any of the given characters.
pub(super) fn strip<'t>(text: &'t str, chars: Option<&str>, left: bool, right: bool) -> &'t str {
    let drops = |character: char| match chars {
        None => is_blank(character),
        Some(chars) => chars.contains(character),
    };
    let text = if left { text.trim_start_matches(drops) } else { text };
    if right { text.trim_end_matches(drops) } else { text }
}

/// What Python's `str.isspace` holds for blank.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

fn trimmed<'v>(call: &Call<'_, 'v>, left: bool, right: bool) -> Outcome<Value<'v>> {
    let chars = call.optional_text(1);
    call.machine.string(strip(&call.text(0)?, chars.as_deref(), left, right).to_owned())
}

fn norm<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let Some(string) = call.optional_text(0) else { return Ok(Value::Null) };
    let stripped = strip(&string, call.optional_text(1).as_deref(), true, true);
    if stripped.is_empty() { Ok(Value::Null) } else { call.machine.string(stripped.to_owned()) }
}

fn is_empty<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let Some(string) = call.optional_text(0) else { return Ok(Value::Boolean(true)) };
    let rest = if call.flag(1) { strip(&string, call.optional_text(2).as_deref(), true, true) } else { &*string };
    Ok(Value::Boolean(rest.is_empty()))
}

/// Replaces, having paid for the longest result there can be.
fn replaced(call: &Call<'_, '_>, string: &str, old: &str, new: &str, count: i64) -> Outcome<String> {
    let occurrences = string.matches(old).count();
    let count = usize::try_from(count).unwrap_or(occurrences).min(occurrences);
    call.machine.reserve(0, string.len() as u128 + count as u128 * new.len() as u128)?;
    call.machine.charge_bytes((string.len() + count * new.len()) as u64)?;
    call.machine.charge(string.len() as u64 / 16)?;
    Ok(string.replacen(old, new, count))
}

fn replace<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let replaced = replaced(call, &call.text(0)?, &call.text(1)?, &call.text(2)?, call.index(3)?)?;
    Ok(Value::String(replaced.into()))
}

fn replace_many<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut string = call.text(0)?.to_string();
    for (old, new) in call.dict(1)?.iter() {
        string = replaced(call, &string, &yaql_text(call, &old)?, &yaql_text(call, &new)?, call.index(2)?)?;
    }
    Ok(Value::String(string.into()))
}

fn repeat<'v>(call: &Call<'_, 'v>, string: usize, count: usize) -> Outcome<Value<'v>> {
    let string = call.text(string)?;
    let count = usize::try_from(call.integer(count)?.clamp(0, 1 << 40)).unwrap_or(0);
    call.machine.reserve(0, string.len() as u128 * count as u128)?;
    call.machine.string(string.repeat(count))
}

fn hex<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let Value::Integer(number) = call.value(0) else {
        let message = format!("'{}' object cannot be interpreted as an integer", call.value(0).type_name());
        return Err(EvaluationError::type_error(message));
    };
    let sign = if number < 0 { "-" } else { "" };
    call.machine.string(format!("{sign}{:#x}", number.unsigned_abs()))
}
