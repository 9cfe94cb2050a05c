//! Writes values as `yaml.safe_dump(value, default_flow_style=False)` does. Counterpart: libyaml's emitter, which
//! StackStorm's `CSafeDumper` is.

mod scalar;
mod writer;

use serde_json::{Map, Value};

use crate::{float::python_float, implicit};
use writer::Writer;

/// The options of `safe_dump` that StackStorm passes on.
#[derive(Clone, Debug)]
pub struct DumpOptions {
    /// Columns a level; anything outside 2..=9 is 2.
    pub indent: usize,
    /// Whether characters beyond ASCII are written as they are.
    pub allow_unicode: bool,
    /// Whether mappings are written in the order of their keys.
    pub sort_keys: bool,
}

impl Default for DumpOptions {
    fn default() -> Self {
        Self { indent: 2, allow_unicode: true, sort_keys: true }
    }
}

/// Writes a value as StackStorm's `to_yaml_string` does.
pub fn to_string(value: &Value) -> String {
    to_string_with(value, &DumpOptions::default())
}

/// Writes a value in block style.
pub fn to_string_with(value: &Value, options: &DumpOptions) -> String {
    let indent = if (2..10).contains(&options.indent) { options.indent } else { 2 };
    let mut dumper = Dumper { writer: Writer::new(options.allow_unicode), step: indent, sort_keys: options.sort_keys };
    dumper.node(value, None, Place::Root);
    dumper.writer.finish()
}

/// Where a node stands, which decides how its first line begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    MappingValue,
}

struct Dumper {
    writer: Writer,
    step: usize,
    sort_keys: bool,
}

impl Dumper {
    fn deeper(&self, indent: Option<usize>) -> usize {
        indent.map_or(0, |indent| indent + self.step)
    }

    fn node(&mut self, value: &Value, indent: Option<usize>, place: Place) {
        match value {
            Value::Array(items) if items.is_empty() => self.writer.indicator("[]", true, false),
            Value::Object(pairs) if pairs.is_empty() => self.writer.indicator("{}", true, false),
            Value::Array(items) => self.sequence(items, indent, place),
            Value::Object(pairs) => self.mapping(pairs, indent),
            leaf => {
                let indent = indent.map_or(self.step, |indent| indent + self.step);
                self.leaf(leaf, indent, false);
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: Option<usize>, place: Place) {
        // A list that is the value of a key stands under the key itself.
        let indent = match indent {
            Some(indent) if place == Place::MappingValue => indent,
            indent => self.deeper(indent),
        };
        for item in items {
            self.writer.indent(indent);
            self.writer.indicator("-", true, true);
            self.node(item, Some(indent), Place::Item);
        }
    }

    fn mapping(&mut self, pairs: &Map<String, Value>, indent: Option<usize>) {
        let indent = self.deeper(indent);
        let mut pairs: Vec<(&String, &Value)> = pairs.iter().collect();
        if self.sort_keys {
            pairs.sort_by_key(|(key, _)| *key);
        }
        for (key, value) in pairs {
            self.writer.indent(indent);
            let mut value_place = Place::MappingValue;
            if scalar::is_simple_key(key) {
                self.text(key, indent, true);
                self.writer.indicator(":", false, false);
            } else {
                self.writer.indicator("?", true, true);
                self.text(key, indent + self.step, false);
                self.writer.indent(indent);
                self.writer.indicator(":", true, true);
                value_place = Place::Item;
            }
            self.node(value, Some(indent), value_place);
        }
    }

    fn leaf(&mut self, value: &Value, indent: usize, is_key: bool) {
        match value {
            Value::String(text) => self.text(text, indent, is_key),
            Value::Number(number) if number.is_f64() => {
                let text = number.as_f64().map(python_float).unwrap_or_default();
                // YAML 1.1 wants a dot in every float.
                let dotted = if text.contains('.') { text } else { text.replacen('e', ".0e", 1) };
                self.writer.word(&dotted);
            }
            other => self.writer.word(&other.to_string()),
        }
    }

    fn text(&mut self, text: &str, indent: usize, is_key: bool) {
        let plain_is_string = implicit::resolve(text) == implicit::Implicit::Str;
        match scalar::style(text, is_key, plain_is_string, self.writer.allow_unicode) {
            scalar::Style::Plain => self.writer.plain(text, indent, !is_key),
            scalar::Style::Single => self.writer.single_quoted(text, indent, !is_key),
            scalar::Style::Double => self.writer.double_quoted(text, indent, !is_key),
        }
    }
}
