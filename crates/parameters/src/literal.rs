//! Python literals in text. Counterpart: `ast.literal_eval`.

use serde_json::{Map, Number, Value};

const DEPTH: usize = 50;

/// Returns the value of a literal, or Python's complaint.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.value(0)?;
    reader.skip();
    if reader.rest.is_empty() { Ok(value) } else { Err(syntax()) }
}

fn syntax() -> String {
    "invalid syntax (<unknown>, line 1)".to_owned()
}

fn malformed() -> String {
    "malformed node or string on line 1: <ast.Name object>".to_owned()
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: char) -> bool {
        self.skip();
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEPTH {
            return Err("too many nested parentheses".to_owned());
        }
        self.skip();
        match self.rest.chars().next() {
            Some('[') => self.items('[', ']', depth),
            Some('(') => self.items('(', ')', depth),
            Some('{') => self.pairs(depth),
            Some('\'' | '"') => self.string(),
            Some(first) if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') => self.number(),
            Some(_) => self.name(),
            None => Err(syntax()),
        }
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Result<Value, String> {
        self.take(open);
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.value(depth + 1)?);
            if !self.take(',') {
                if self.take(close) {
                    break;
                }
                return Err(syntax());
            }
        }
        Ok(Value::Array(items))
    }

    fn pairs(&mut self, depth: usize) -> Result<Value, String> {
        self.take('{');
        let mut pairs = Map::new();
        while !self.take('}') {
            let key = match self.value(depth + 1)? {
                Value::String(text) => text,
                other => other.to_string(),
            };
            if !self.take(':') {
                return Err(syntax());
            }
            let value = self.value(depth + 1)?;
            pairs.insert(key, value);
            if !self.take(',') {
                if self.take('}') {
                    break;
                }
                return Err(syntax());
            }
        }
        Ok(Value::Object(pairs))
    }

    fn string(&mut self) -> Result<Value, String> {
        let mut characters = self.rest.chars();
        let quote = characters.next().ok_or_else(syntax)?;
        let mut text = String::new();
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next().ok_or_else(syntax)? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    escaped @ ('\\' | '\'' | '"') => text.push(escaped),
                    other => text.extend(['\\', other]),
                },
                _ if character == quote => {
                    self.rest = characters.as_str();
                    return Ok(Value::String(text));
                }
                _ => text.push(character),
            }
        }
        Err("unterminated string literal (detected at line 1) (<unknown>, line 1)".to_owned())
    }

    fn number(&mut self) -> Result<Value, String> {
        let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '+' | '-');
        let length = self.rest.find(|character| !is_part(character)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        let clean = word.replace('_', "");
        let digits = clean.trim_start_matches(['+', '-']);
        let value = match clean.parse::<i64>() {
            Ok(_) if digits.len() > 1 && digits.starts_with('0') => return Err(syntax()),
            Ok(whole) => Value::from(whole),
            Err(_) => clean.parse().ok().and_then(Number::from_f64).map(Value::Number).ok_or_else(syntax)?,
        };
        self.rest = rest;
        Ok(value)
    }

    fn name(&mut self) -> Result<Value, String> {
        let length = self
            .rest
            .find(|character: char| !(character.is_alphanumeric() || character == '_'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        match word {
            "True" => Ok(Value::Bool(true)),
            "False" => Ok(Value::Bool(false)),
            "None" => Ok(Value::Null),
            "" => Err(syntax()),
            _ if rest.trim_start().starts_with(|next: char| next.is_alphanumeric()) => Err(syntax()),
            _ => Err(malformed()),
        }
    }
}
