//! How Python writes values: `str` and `repr` of what JSON can hold, and `json.dumps`.

mod decode;
mod json;
mod pretty;

use std::fmt::Write as _;

use minijinja::value::{Value as Jinja, ValueKind};
use serde_json::Value;
use squall_yaml::python_float;

use crate::owned::{self, List};

pub use decode::loads;
pub use json::{JsonFormat, dumps};
pub use pretty::pretty;

/// Returns Python's `str` of a value.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => {
            let mut out = String::new();
            write_repr(other, &mut out);
            out
        }
    }
}

/// Returns Python's `repr` of a value.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(value, &mut out);
    out
}

fn write_repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) if number.is_f64() => {
            out.push_str(&number.as_f64().map(python_float).unwrap_or_default());
        }
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => quoted(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_repr(item, out);
            }
            out.push(']');
        }
        Value::Object(pairs) => {
            out.push('{');
            for (index, (key, item)) in pairs.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                quoted(key, out);
                out.push_str(": ");
                write_repr(item, out);
            }
            out.push('}');
        }
    }
}

/// Writes a string literal as Python does: in single quotes unless only double quotes spare an escape.
fn quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    let mut done = 0;
    for (at, character) in text.char_indices() {
        let is_plain = match character {
            '\\' => false,
            ' '..='~' => character != quote,
            _ => is_printable(character),
        };
        if is_plain {
            continue;
        }
        out.push_str(&text[done..at]);
        done = at + character.len_utf8();
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' | '\'' | '"' => {
                out.push('\\');
                out.push(character);
            }
            _ => escape(u32::from(character), out),
        }
    }
    out.push_str(&text[done..]);
    out.push(quote);
}

fn escape(code: u32, out: &mut String) {
    let written = match code {
        0..=0xFF => write!(out, "\\x{code:02x}"),
        0x100..=0xFFFF => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok(), "a string takes text");
}

fn is_printable(character: char) -> bool {
    character == ' '
        || !(character.is_control()
            || character.is_whitespace()
            || matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E000}'..='\u{F8FF}' | '\u{FFF9}'..='\u{FFFF}'))
}

/// Returns what Python calls the type of an engine value.
pub(crate) fn type_name(value: &Jinja) -> &'static str {
    match value.kind() {
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Bytes => "bytes",
        ValueKind::Seq if is_tuple(value) => "tuple",
        ValueKind::Seq => "list",
        ValueKind::Map => "dict",
        ValueKind::Iterable => "generator",
        _ => "object",
    }
}

pub(crate) fn is_tuple(value: &Jinja) -> bool {
    value.is_tuple() || value.downcast_object_ref::<List>().is_some_and(List::is_tuple)
}

/// Returns the text of an engine value as Python would print it, or an error when it is longer than is allowed.
pub(crate) fn jinja_text(value: &Jinja) -> Result<String, minijinja::Error> {
    let mut out = Bounded { text: String::new() };
    match write_jinja(value, false, PRINTED_DEPTH, &mut out) {
        Ok(()) => Ok(out.text),
        Err(_) => Err(minijinja::Error::from(minijinja::ErrorKind::OutOfFuel)),
    }
}

/// Levels of lists and maps that are printed.
const PRINTED_DEPTH: usize = 100;
/// Bytes of text that count as one more item where they are written as Python would.
const PRINTED: usize = 16;
/// Bytes that one value may print.
const PRINTED_BYTES: usize = 4 << 20;

/// Text that refuses to grow: the same list inside itself over and over is small in memory and endless in print.
struct Bounded {
    text: String,
}

impl std::fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> std::fmt::Result {
        if self.text.len() + more.len() > PRINTED_BYTES {
            return Err(std::fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
    }
}

fn write_jinja(value: &Jinja, inside: bool, depth: usize, out: &mut dyn std::fmt::Write) -> std::fmt::Result {
    match value.kind() {
        ValueKind::None => out.write_str("None"),
        ValueKind::Bool => out.write_str(if value.is_true() { "True" } else { "False" }),
        ValueKind::Number if value.is_integer() => write!(out, "{value}"),
        ValueKind::Number => match f64::try_from(value.clone()) {
            Ok(float) => out.write_str(&python_float(float)),
            Err(_) => write!(out, "{value}"),
        },
        ValueKind::String if inside => {
            let text = value.as_str().unwrap_or_default();
            if text.len() >= PRINTED && !owned::read(text.len() / PRINTED) {
                return Err(std::fmt::Error);
            }
            let mut literal = String::new();
            quoted(text, &mut literal);
            out.write_str(&literal)
        }
        ValueKind::Seq | ValueKind::Iterable if depth > 0 => write_sequence(value, depth, out),
        ValueKind::Map if depth > 0 => write_map(value, depth, out),
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => Err(std::fmt::Error),
        _ => write!(out, "{value}"),
    }
}

fn write_sequence(value: &Jinja, depth: usize, out: &mut dyn std::fmt::Write) -> std::fmt::Result {
    let is_tuple = is_tuple(value);
    out.write_str(if is_tuple { "(" } else { "[" })?;
    let mut count = 0;
    for item in value.try_iter().into_iter().flatten() {
        if count > 0 {
            out.write_str(", ")?;
        }
        write_jinja(&item, true, depth - 1, out)?;
        count += 1;
    }
    out.write_str(match (is_tuple, count) {
        (true, 1) => ",)",
        (true, _) => ")",
        (false, _) => "]",
    })
}

fn write_map(value: &Jinja, depth: usize, out: &mut dyn std::fmt::Write) -> std::fmt::Result {
    out.write_str("{")?;
    for (index, key) in value.try_iter().into_iter().flatten().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write_jinja(&key, true, depth - 1, out)?;
        out.write_str(": ")?;
        write_jinja(&value.get_item(&key).unwrap_or_default(), true, depth - 1, out)?;
    }
    out.write_str("}")
}
