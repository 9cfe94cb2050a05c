//! `json.dumps`. Counterpart: CPython's json/encoder.py.

use std::fmt::Write as _;

use serde_json::Value;
use squall_yaml::python_float;

/// The options of `json.dumps` that StackStorm passes on.
#[derive(Clone, Debug)]
pub struct JsonFormat {
    pub indent: Option<usize>,
    pub sort_keys: bool,
    pub item_separator: String,
    pub key_separator: String,
}

impl Default for JsonFormat {
    fn default() -> Self {
        Self { indent: None, sort_keys: false, item_separator: ", ".to_owned(), key_separator: ": ".to_owned() }
    }
}

/// Returns the JSON text of a value, with everything beyond ASCII escaped.
pub fn dumps(value: &Value, format: &JsonFormat) -> String {
    let mut out = String::new();
    write(value, format, 0, &mut out);
    out
}

fn write(value: &Value, format: &JsonFormat, level: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
        Value::Number(number) if number.is_f64() => {
            out.push_str(&number.as_f64().map(python_float).unwrap_or_default());
        }
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => string(text, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(pairs) if pairs.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, format, level + 1, out);
                write(item, format, level + 1, out);
            }
            line(format, level, out);
            out.push(']');
        }
        Value::Object(pairs) => {
            let mut pairs: Vec<_> = pairs.iter().collect();
            if format.sort_keys {
                pairs.sort_by_key(|(key, _)| *key);
            }
            out.push('{');
            for (index, (key, item)) in pairs.into_iter().enumerate() {
                separate(index, format, level + 1, out);
                string(key, out);
                out.push_str(&format.key_separator);
                write(item, format, level + 1, out);
            }
            line(format, level, out);
            out.push('}');
        }
    }
}

fn separate(index: usize, format: &JsonFormat, level: usize, out: &mut String) {
    if index > 0 {
        out.push_str(&format.item_separator);
    }
    line(format, level, out);
}

fn line(format: &JsonFormat, level: usize, out: &mut String) {
    if let Some(indent) = format.indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent * level));
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{08}' => out.push_str("\\b"),
            '\u{0C}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let written = write!(out, "\\u{unit:04x}");
                    debug_assert!(written.is_ok(), "a string takes text");
                }
            }
        }
    }
    out.push('"');
}
