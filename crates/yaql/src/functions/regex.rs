//! Regular expressions. Answers to regex.py.

mod pattern;
mod selectors;

pub(crate) use pattern::Pattern;

use super::{Call, Default, Outcome, Overload, Parameter, Type, Value, any, flag, int, lambda, optional_lambda, text};

const REGEXP: Parameter = Parameter::new("regexp", Type::Regex);
const STRING: Parameter = text("string");
const MAX_SPLIT: Parameter = int("maxSplit").or(Default::Int(0));
const COUNT: Parameter = int("count").or(Default::Int(0));

pub(super) const TABLE: &[Overload] = &[
    Overload::function("regex", &[text("pattern"), flag("ignoreCase"), flag("multiLine"), flag("dotAll")], |call| {
        let flags = u8::from(call.flag(1)) | u8::from(call.flag(2)) << 1 | u8::from(call.flag(3)) << 2;
        Ok(pattern::compiled(call.machine, &call.text(0)?, flags)?.into_value())
    })
    .examples(&[
        ("regex('A.c', ignoreCase => true).matches(xabcx)", "true"),
        ("regex('^b', multiLine => true).matches('a\\nb')", "true"),
    ]),
    Overload::method("matches", &[REGEXP, STRING], |call| matches(call, 0, 1, true))
        .examples(&[("regex('b+').matches(abb)", "true")]),
    Overload::method("matches", &[STRING, text("regexp")], |call| matches(call, 1, 0, true))
        .examples(&[("abb.matches('^b')", "false")]),
    Overload::function("#operator_=~", &[STRING, REGEXP], |call| matches(call, 1, 0, true))
        .examples(&[("abc =~ regex('b')", "true")]),
    Overload::function("#operator_=~", &[STRING, text("pattern")], |call| matches(call, 1, 0, true)).examples(&[
        ("abc =~ 'a.c'", "true"),
        ("aa =~ '(a)\\\\1'", "true"),
        ("ab =~ 'a(?!b)'", "false"),
    ]),
    Overload::function("#operator_!~", &[STRING, REGEXP], |call| matches(call, 1, 0, false))
        .examples(&[("abc !~ regex('x')", "true")]),
    Overload::function("#operator_!~", &[STRING, text("pattern")], |call| matches(call, 1, 0, false))
        .examples(&[("abc !~ 'b'", "false")]),
    Overload::method("search", &[REGEXP, STRING, optional_lambda("selector")], selectors::search).examples(&[
        ("regex('b(.)').search(abc)", "\"bc\""),
        ("regex('b(.)').search(abc, $2.value)", "\"c\""),
        ("regex('b').search(abc, $)", "{\"value\": \"b\", \"start\": 1, \"end\": 2}"),
        ("regex('x').search(abc)", "null"),
    ]),
    Overload::method("searchAll", &[REGEXP, STRING, optional_lambda("selector")], selectors::search_all).examples(&[
        ("regex('a.').searchAll(abac)", "[\"ab\", \"ac\"]"),
        ("regex('a').searchAll(aba, $.start)", "[0, 2]"),
    ]),
    Overload::method("split", &[REGEXP, STRING, MAX_SPLIT], |call| selectors::split(call, 0, 1)).examples(&[
        ("regex(',+').split('a,,b,c')", "[\"a\", \"b\", \"c\"]"),
        ("regex('(,)').split('a,b')", "[\"a\", \",\", \"b\"]"),
    ]),
    Overload::method("split", &[STRING, REGEXP, MAX_SPLIT], |call| selectors::split(call, 1, 0))
        .examples(&[("'a1b2c'.split(regex('\\\\d'), 1)", "[\"a\", \"b2c\"]")]),
    Overload::method("replace", &[REGEXP, STRING, text("repl"), COUNT], |call| selectors::replace(call, 0, 1))
        .examples(&[("regex('(a)(b)').replace(abab, '\\\\2\\\\1', 1)", "\"baab\"")]),
    Overload::method("replace", &[STRING, REGEXP, text("repl"), COUNT], |call| selectors::replace(call, 1, 0))
        .examples(&[("abab.replace(regex('a'), x)", "\"xbxb\"")]),
    Overload::method("replaceBy", &[REGEXP, STRING, lambda("repl"), COUNT], |call| selectors::replace_by(call, 0, 1))
        .examples(&[("regex('[ab]').replaceBy(abc, $.value + $.value)", "\"aabbc\"")]),
    Overload::method("replaceBy", &[STRING, REGEXP, lambda("repl"), COUNT], |call| selectors::replace_by(call, 1, 0))
        .examples(&[("abc.replaceBy(regex('b'), $.value.toUpper())", "\"aBc\"")]),
    Overload::function("escapeRegex", &[STRING], |call| {
        let mut escaped = String::new();
        for character in call.text(0)?.chars() {
            if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(character) {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        call.machine.string(escaped)
    })
    .examples(&[("escapeRegex('a.b_c')", "\"a\\\\.b_c\"")]),
    Overload::function("isRegex", &[any("value")], |call| Ok(Value::Boolean(REGEXP.takes(&call.value(0)))))
        .examples(&[("isRegex(regex(a))", "true"), ("isRegex(a)", "false")]),
];

fn matches<'v>(call: &Call<'_, 'v>, pattern: usize, string: usize, wanted: bool) -> Outcome<Value<'v>> {
    let string = call.text(string)?;
    let pattern = pattern::argument(call, pattern)?;
    Ok(Value::Boolean(pattern.find_at(&string, 0, call.machine)?.is_some() == wanted))
}
