//! YAML as PyYAML's `safe_dump` writes it in block style: sorted keys, its rules for quotes, folding and indents.

mod scalar;

use serde_json::{Map, Value};

use self::scalar::Style;

/// How a document is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Columns by which a nested block is indented.
    pub(crate) indent: usize,
    /// Where long text is folded; `usize::MAX` for never.
    pub(crate) width: usize,
    /// Whether text outside ASCII is written as it is.
    pub(crate) unicode: bool,
}

/// The document, ending with a line feed.
pub(crate) fn dump(value: &Value, layout: Layout) -> String {
    let mut emitter = Emitter { out: String::new(), column: 0, layout };
    match value {
        Value::Object(map) if !map.is_empty() => emitter.mapping(map, 0),
        Value::Array(items) if !items.is_empty() => emitter.sequence(items, 0),
        other => emitter.scalar(other, 0),
    }
    if !emitter.out.ends_with('\n') {
        emitter.out.push('\n');
    }
    if !matches!(value, Value::Object(_) | Value::Array(_) | Value::String(_)) {
        emitter.out.push_str("...\n");
    }
    emitter.out
}

pub(super) struct Emitter {
    out: String,
    column: usize,
    layout: Layout,
}

impl Emitter {
    /// Writes the entries, each on a line of its own; the caller has put the cursor where the first key belongs.
    fn mapping(&mut self, map: &Map<String, Value>, indent: usize) {
        let mut entries: Vec<(&String, &Value)> = map.iter().collect();
        entries.sort_by_key(|(key, _)| *key);
        for (index, (key, value)) in entries.into_iter().enumerate() {
            if index > 0 {
                self.line(indent);
            }
            self.key(key, indent);
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    self.line(indent + self.layout.indent);
                    self.mapping(inner, indent + self.layout.indent);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.line(indent);
                    self.sequence(items, indent);
                }
                other => {
                    self.write(" ");
                    self.scalar(other, indent + self.layout.indent);
                }
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize) {
        let inner = indent + self.layout.indent;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.line(indent);
            }
            self.write("-");
            match item {
                Value::Object(map) if !map.is_empty() => {
                    self.pad_to(inner);
                    self.mapping(map, inner);
                }
                Value::Array(nested) if !nested.is_empty() => {
                    self.pad_to(inner);
                    self.sequence(nested, inner);
                }
                other => {
                    self.write(" ");
                    self.scalar(other, inner);
                }
            }
        }
    }

    fn key(&mut self, key: &str, indent: usize) {
        let style = scalar::style_of_key(key, self.layout.unicode);
        let unfolded = Layout { width: usize::MAX, ..self.layout };
        let layout = std::mem::replace(&mut self.layout, unfolded);
        self.text(key, style, indent);
        self.layout = layout;
        self.write(":");
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => self.text(text, scalar::style_of_value(text, self.layout.unicode), indent),
            other => {
                let text = scalar::plain_text(other);
                self.write(&text);
            }
        }
    }

    fn text(&mut self, text: &str, style: Style, indent: usize) {
        match style {
            Style::Plain => scalar::write_plain(self, text, indent),
            Style::SingleQuoted => scalar::write_single_quoted(self, text, indent),
            Style::DoubleQuoted => scalar::write_double_quoted(self, text, indent),
        }
    }

    fn is_past_width(&self, ahead: usize) -> bool {
        self.column.saturating_add(ahead) > self.layout.width
    }

    fn write(&mut self, text: &str) {
        self.column += text.chars().count();
        self.out.push_str(text);
    }

    fn line(&mut self, indent: usize) {
        self.line_break();
        self.pad_to(indent);
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn pad_to(&mut self, column: usize) {
        let missing = column.saturating_sub(self.column);
        self.out.extend(std::iter::repeat_n(' ', missing));
        self.column += missing;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DOCUMENT: Layout = Layout { indent: 4, width: 80, unicode: false };

    fn check(value: &Value, expected: &str) {
        assert_eq!(dump(value, DOCUMENT), expected, "{value}");
    }

    #[test]
    fn lays_out_blocks() {
        check(
            &json!({"b": [{"y": 1, "x": [1, [2, 3]]}], "a": {"c": {}, "d": []}}),
            "a:\n    c: {}\n    d: []\nb:\n-   x:\n    - 1\n    -   - 2\n        - 3\n    y: 1\n",
        );
    }

    #[test]
    fn quotes_what_would_read_as_something_else() {
        check(
            &json!({"a": "yes", "b": "1", "c": "", "d": "x: y", "e": "caf\u{e9}", "f": "a\tb", "g": "2024-01-01", "h": "- x"}),
            "a: 'yes'\nb: '1'\nc: ''\nd: 'x: y'\ne: \"caf\\xE9\"\nf: \"a\\tb\"\ng: '2024-01-01'\nh: '- x'\n",
        );
    }

    #[test]
    fn keeps_line_feeds_in_single_quotes() {
        check(&json!({"a": "one\ntwo\n"}), "a: 'one\n\n    two\n\n    '\n");
    }

    #[test]
    fn folds_long_text() {
        let words = "word ".repeat(20) + "end";
        let first = "word ".repeat(16);
        let second = "word ".repeat(4) + "end";
        check(&json!({ "key": words }), &format!("key: {}\n    {second}\n", first.trim_end()));
    }

    #[test]
    fn ends_a_bare_scalar_with_a_document_mark() {
        check(&json!(null), "null\n...\n");
    }
}
