//! Jinja2's own filters and tests where minijinja lacks them or answers otherwise. Counterpart: jinja2/filters.py.

mod links;
mod numbers;
pub(crate) mod order;
mod wrapping;

use std::collections::HashSet;

use minijinja::{
    Environment, Error, ErrorKind, State,
    value::{Kwargs, Value as Jinja, ValueKind},
};

use crate::{
    context::LazyText,
    convert,
    error::HostError,
    python::{self, JsonFormat},
};

pub(crate) use wrapping::centered;

/// Bytes that one filter or method may make before the engine has counted them.
const TEXT_LIMIT: usize = 4 << 20;

pub(crate) fn register(engine: &mut Environment<'static>) {
    engine.add_filter("int", numbers::int);
    engine.add_filter("float", numbers::float);
    engine.add_filter("filesizeformat", numbers::filesizeformat);
    engine.add_filter("string", |value: &Jinja| text(value));
    for name in ["length", "count"] {
        engine.add_filter(name, length);
    }
    engine.add_filter("join", join);
    engine.add_filter("replace", replace);
    engine.add_filter("trim", trim);
    engine.add_filter("tojson", tojson);
    engine.add_filter("pprint", |value: &Jinja| text(value));
    for name in ["escape", "e", "forceescape"] {
        engine.add_filter(name, |value: &Jinja| text(value).map(|text| escape(&text)));
    }
    engine.add_filter("xmlattr", xmlattr);
    engine.add_filter("urlize", links::urlize);
    engine.add_filter("truncate", wrapping::truncate);
    engine.add_filter("wordwrap", wrapping::wordwrap);
    engine.add_filter("wordcount", wrapping::wordcount);
    engine.add_filter("center", wrapping::center);
    engine.add_filter("striptags", wrapping::striptags);
    engine.add_test("sequence", is_sequence);
    engine.add_test("callable", |value: &Jinja| {
        value.kind() == ValueKind::Plain && value.downcast_object_ref::<LazyText>().is_none()
    });
}

/// Returns Python's `str` of a value; undefined values are errors.
pub(crate) fn text(value: &Jinja) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined"));
    }
    if let Some(lazy) = value.downcast_object_ref::<LazyText>() {
        return Ok(lazy.text()?);
    }
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    python::jinja_text(value)
}

/// Refuses texts that are too long to be made.
pub(crate) fn check_length(length: usize) -> Result<(), Error> {
    if length > TEXT_LIMIT { Err(Error::from(ErrorKind::OutOfFuel)) } else { Ok(()) }
}

/// Reads a parameter that can be given by place or by keyword.
pub(crate) fn option<T>(given: Option<T>, keywords: &Kwargs, name: &str) -> Result<Option<T>, Error>
where
    T: for<'a> minijinja::value::ArgType<'a, Output = T>,
{
    if given.is_some() || !keywords.has(name) { Ok(given) } else { keywords.get(name).map(Some) }
}

fn length(value: &Jinja) -> Result<usize, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined"));
    }
    let message = || format!("object of type '{}' has no len()", python::type_name(value));
    value.len().ok_or_else(|| HostError::new("TypeError", message()).into())
}

fn is_sequence(value: &Jinja) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::String | ValueKind::Map | ValueKind::Bytes)
}

fn join(
    value: &Jinja,
    separator: Option<String>,
    attribute: Option<String>,
    keywords: Kwargs,
) -> Result<String, Error> {
    let separator = option(separator, &keywords, "d")?.unwrap_or_default();
    let attribute = option(attribute, &keywords, "attribute")?;
    keywords.assert_all_used()?;
    let mut out = String::new();
    for (index, item) in value.try_iter()?.checked().enumerate() {
        let mut item = item?;
        for name in attribute.iter().flat_map(|path| path.split('.')) {
            item = item.get_attr(name)?;
        }
        if index > 0 {
            out.push_str(&separator);
        }
        out.push_str(&text(&item)?);
        check_length(out.len())?;
    }
    Ok(out)
}

/// Python's `%` where its left side may be a text.
pub(crate) fn percent(state: &mut State<'_, '_>, left: &Jinja, right: &Jinja) -> Result<Jinja, Error> {
    if left.as_str().is_none() {
        return numbers::remainder(left, right);
    }
    let mut given = vec![left.clone()];
    match right.kind() {
        ValueKind::Map => {
            let mut named = Vec::new();
            for key in right.try_iter()?.checked() {
                let key = key?;
                let value = printable(&right.get_item(&key)?)?;
                named.push((key.to_string(), value));
            }
            given.push(Jinja::from(named.into_iter().collect::<Kwargs>()));
        }
        _ if python::is_tuple(right) => {
            for item in right.try_iter()?.checked() {
                given.push(printable(&item?)?);
            }
        }
        _ => given.push(printable(right)?),
    }
    state.apply_filter("format", &given)
}

/// Returns the text of what the engine would print otherwise than Python does.
fn printable(value: &Jinja) -> Result<Jinja, Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool | ValueKind::Undefined => Ok(value.clone()),
        _ => text(value).map(Jinja::from),
    }
}

fn trim(value: &Jinja, characters: Option<String>, keywords: Kwargs) -> Result<String, Error> {
    let characters = option(characters, &keywords, "chars")?;
    keywords.assert_all_used()?;
    Ok(stripped(&text(value)?, characters.as_deref(), [true, true]).to_owned())
}

/// Takes characters, or white space, from the beginning and the end of a text; the engine would look at all of them for each of
/// the text's.
pub(crate) fn stripped<'a>(text: &'a str, characters: Option<&str>, [left, right]: [bool; 2]) -> &'a str {
    let characters = characters.map(|characters| {
        let ascii = characters.bytes().filter(u8::is_ascii).fold(0_u128, |set, byte| set | 1 << byte);
        (ascii, characters.chars().filter(|character| !character.is_ascii()).collect::<HashSet<char>>())
    });
    let characters = characters.as_ref();
    let is_one = |character: char| match characters {
        None => character.is_whitespace(),
        Some((ascii, _)) if character.is_ascii() => ascii >> u32::from(character) & 1 == 1,
        Some((_, others)) => others.contains(&character),
    };
    let text = if left { text.trim_start_matches(is_one) } else { text };
    if right { text.trim_end_matches(is_one) } else { text }
}

fn replace(value: &Jinja, old: &Jinja, new: &Jinja, count: Option<usize>) -> Result<String, Error> {
    let (value, old, new) = (text(value)?, text(old)?, text(new)?);
    replaced(&value, &old, &new, count.unwrap_or(usize::MAX))
}

/// Replaces at most `count` occurrences, unless that makes too long a text.
pub(crate) fn replaced(value: &str, old: &str, new: &str, count: usize) -> Result<String, Error> {
    let occurrences = value.matches(old).count().min(count);
    check_length(value.len().saturating_add(occurrences.saturating_mul(new.len())))?;
    Ok(value.replacen(old, new, count))
}

fn tojson(value: &Jinja, indent: Option<usize>, keywords: Kwargs) -> Result<String, Error> {
    let indent = option(indent, &keywords, "indent")?.map(|indent| indent.min(64));
    keywords.assert_all_used()?;
    // Jinja2's policy sorts keys.
    let mut format = JsonFormat { sort_keys: true, indent, ..JsonFormat::default() };
    if indent.is_some() {
        format.item_separator = ",".to_owned();
    }
    let text = python::dumps(&convert::to_json(value)?, &format);
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027"))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            other => out.push(other),
        }
    }
    out
}

/// Writes the attributes of an element of XML; those without a value are left out.
fn xmlattr(value: &Jinja, autospace: Option<bool>, keywords: Kwargs) -> Result<String, Error> {
    let with_space = option(autospace, &keywords, "autospace")?.unwrap_or(true);
    keywords.assert_all_used()?;
    if value.kind() != ValueKind::Map {
        let message = format!("'{}' object has no attribute 'items'", python::type_name(value));
        return Err(HostError::new("AttributeError", message).into());
    }
    let mut out = String::new();
    for key in value.try_iter()?.checked() {
        let key = key?;
        let item = value.get_item(&key)?;
        if item.is_undefined() || item.is_none() {
            continue;
        }
        let name = text(&key)?;
        if name.contains(['/', '>', '=', ' ', '\t', '\n', '\r', '\x0B', '\x0C']) {
            let name = python::repr(&serde_json::Value::String(name));
            return Err(HostError::new("ValueError", format!("Invalid character in attribute name: {name}")).into());
        }
        if with_space || !out.is_empty() {
            out.push(' ');
        }
        out += &format!("{}=\"{}\"", escape(&name), escape(&text(&item)?));
        check_length(out.len())?;
    }
    Ok(out)
}

/// Keeps the engine's own answer to a call by name.
pub(crate) fn delegate(
    state: &mut State<'_, '_>,
    value: &Jinja,
    method: &str,
    given: &[Jinja],
) -> Result<Jinja, Error> {
    minijinja_contrib::pycompat::unknown_method_callback(state, value, method, given)
}
