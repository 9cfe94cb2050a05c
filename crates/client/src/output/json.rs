//! JSON as the original prints it: indented by four, keys sorted, everything outside ASCII escaped.

use std::fmt::Write;

use serde_json::Value;

use super::python;

/// The document with an indent of four and sorted keys.
pub(crate) fn sorted(value: &Value) -> String {
    render(value, true)
}

/// The document with an indent of four and keys in their own order: what a table cell shows.
pub(crate) fn in_order(value: &Value) -> String {
    render(value, false)
}

/// The document on one line, keys in their own order: what `key load -c` stores.
pub(crate) fn on_one_line(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(on_one_line).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("{}: {}", quoted(key), on_one_line(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => render(other, false),
    }
}

fn quoted(text: &str) -> String {
    let mut writer = Writer { out: String::new(), sort: false };
    writer.string(text);
    writer.out
}

fn render(value: &Value, sort: bool) -> String {
    let mut writer = Writer { out: String::new(), sort };
    writer.value(value, 0);
    writer.out
}

struct Writer {
    out: String,
    sort: bool,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Number(number) => self.out.push_str(&python::number_text(number)),
            Value::String(text) => self.string(text),
            Value::Array(items) => self.array(items, depth),
            Value::Object(map) => {
                let mut entries: Vec<(&String, &Value)> = map.iter().collect();
                if self.sort {
                    entries.sort_by_key(|(key, _)| *key);
                }
                self.object(&entries, depth);
            }
        }
    }

    fn array(&mut self, items: &[Value], depth: usize) {
        if items.is_empty() {
            return self.out.push_str("[]");
        }
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            self.separator(index, depth + 1);
            self.value(item, depth + 1);
        }
        self.line(depth);
        self.out.push(']');
    }

    fn object(&mut self, entries: &[(&String, &Value)], depth: usize) {
        if entries.is_empty() {
            return self.out.push_str("{}");
        }
        self.out.push('{');
        for (index, (key, value)) in entries.iter().enumerate() {
            self.separator(index, depth + 1);
            self.string(key);
            self.out.push_str(": ");
            self.value(value, depth + 1);
        }
        self.line(depth);
        self.out.push('}');
    }

    fn separator(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn line(&mut self, depth: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', depth * 4));
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                ' '..='~' => self.out.push(character),
                _ => self.escape(character),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, character: char) {
        let mut units = [0_u16; 2];
        for unit in character.encode_utf16(&mut units) {
            // Writing to a String cannot fail.
            let _ = write!(self.out, "\\u{unit:04x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sorts_keys_and_escapes_what_is_not_ascii() {
        let value = json!({"b": [1, {}], "a": "café 😀\u{7f}"});
        let expected =
            "{\n    \"a\": \"caf\\u00e9 \\ud83d\\ude00\\u007f\",\n    \"b\": [\n        1,\n        {}\n    ]\n}";
        assert_eq!(sorted(&value), expected);
    }

    #[test]
    fn writes_one_line() {
        assert_eq!(on_one_line(&json!({"b": [1, "x"], "a": {}})), r#"{"b": [1, "x"], "a": {}}"#);
    }

    #[test]
    fn keeps_the_order_of_keys_in_cells() {
        assert_eq!(in_order(&json!({"b": 1, "a": []})), "{\n    \"b\": 1,\n    \"a\": []\n}");
    }
}
