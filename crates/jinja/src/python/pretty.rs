//! Python's `pprint.pformat` of what JSON can hold: one line where it fits, else one item per line. Counterpart: pprint.py.

use serde_json::Value;

use super::repr;

/// Returns the value as `pprint.pformat(value, width=width, sort_dicts=False)` writes it.
pub fn pretty(value: &Value, width: usize) -> String {
    let mut printer = Printer { width, out: String::new() };
    printer.write(value, Place { indent: 0, allowance: 0, is_inside: false });
    printer.out
}

/// Where a value is written: how far in, and how much has to follow it on its last line.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    allowance: usize,
    is_inside: bool,
}

struct Printer {
    width: usize,
    out: String,
}

impl Printer {
    fn write(&mut self, value: &Value, place: Place) {
        let line = repr(value);
        if length(&line) + place.indent + place.allowance <= self.width {
            return self.out.push_str(&line);
        }
        match value {
            Value::Object(pairs) if !pairs.is_empty() => {
                let last = pairs.len() - 1;
                self.out.push('{');
                for (index, (key, item)) in pairs.iter().enumerate() {
                    self.separate(index, place.indent + 1);
                    let key = format!("{}: ", repr(&Value::String(key.clone())));
                    self.out.push_str(&key);
                    let allowance = if index == last { place.allowance + 1 } else { 1 };
                    self.write(item, Place { indent: place.indent + 1 + length(&key), allowance, is_inside: true });
                }
                self.out.push('}');
            }
            Value::Array(items) if !items.is_empty() => {
                let last = items.len() - 1;
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.separate(index, place.indent + 1);
                    let allowance = if index == last { place.allowance + 1 } else { 1 };
                    self.write(item, Place { indent: place.indent + 1, allowance, is_inside: true });
                }
                self.out.push(']');
            }
            Value::String(text) => self.write_text(text, place),
            _ => self.out.push_str(&line),
        }
    }

    fn separate(&mut self, index: usize, indent: usize) {
        if index > 0 {
            self.out.push_str(",\n");
            self.out.push_str(&" ".repeat(indent));
        }
    }

    /// A long text becomes several literals, in brackets where nothing else is around them.
    fn write_text(&mut self, text: &str, mut place: Place) {
        if !place.is_inside {
            place.indent += 1;
            place.allowance += 1;
        }
        let chunks = self.chunks(text, place);
        let several = chunks.len() > 1 && !place.is_inside;
        let joined = chunks.join(&format!("\n{}", " ".repeat(place.indent)));
        self.out.push_str(&if several { format!("({joined})") } else { joined });
    }

    fn chunks(&self, text: &str, place: Place) -> Vec<String> {
        let width = self.width.saturating_sub(place.indent);
        let mut chunks = Vec::new();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (number, line) in lines.iter().enumerate() {
            let spare = if number + 1 == lines.len() { place.allowance } else { 0 };
            let whole = repr(&Value::String((*line).to_owned()));
            if length(&whole) <= width.saturating_sub(spare) {
                chunks.push(whole);
                continue;
            }
            let words = words(line);
            let mut current = String::new();
            for (index, word) in words.iter().enumerate() {
                let candidate = format!("{current}{word}");
                let width = if index + 1 == words.len() { width.saturating_sub(spare) } else { width };
                if length(&repr(&Value::String(candidate.clone()))) > width {
                    if !current.is_empty() {
                        chunks.push(repr(&Value::String(current)));
                    }
                    current = (*word).to_owned();
                } else {
                    current = candidate;
                }
            }
            if !current.is_empty() {
                chunks.push(repr(&Value::String(current)));
            }
        }
        chunks
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Splits behind the blanks that end a word.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut in_blank) = (0, false);
    for (index, letter) in line.char_indices() {
        if in_blank && !letter.is_whitespace() {
            words.push(&line[start..index]);
            start = index;
        }
        in_blank = letter.is_whitespace();
    }
    words.push(&line[start..]);
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_stays_on_one_line_and_the_rest_gets_a_line_per_item() {
        assert_eq!(pretty(&json!({"a": [1, null, true]}), 72), "{'a': [1, None, True]}");
        let schema = json!({"type": "object", "properties": {"delta": {"type": "integer", "required": true},
            "unit": {"enum": ["weeks", "days"], "required": true}}, "additionalProperties": false});
        let expected = "{'type': 'object',\n 'properties': {'delta': {'type': 'integer', 'required': True},\n                \
                        'unit': {'enum': ['weeks', 'days'], 'required': True}},\n 'additionalProperties': False}";
        assert_eq!(pretty(&schema, 72), expected);
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(pretty(&json!("one two three"), 10), "('one '\n 'two '\n 'three')");
        assert_eq!(pretty(&json!(["one two three"]), 10), "['one '\n 'two '\n 'three']");
    }
}
