//! Python's `str()` and `repr()`: what expressions inside a text become.

use super::{Internal, Key, Kind, Value};
use crate::error::EvaluationError;
use crate::evaluate::Machine;

/// Python's `str(value)`.
pub fn python_str(value: &Value<'_>) -> String {
    let mut printer = Printer::default();
    // Without a machine nothing is charged and nothing can fail.
    let _ = printer.str(value);
    printer.text
}

/// Python's `repr(value)`.
pub fn python_repr(value: &Value<'_>) -> String {
    let mut printer = Printer::default();
    let _ = printer.repr(value);
    printer.text
}

#[derive(Default)]
pub(crate) struct Printer<'m, 'v> {
    pub(crate) text: String,
    machine: Option<&'m Machine<'v>>,
    /// Inside an expression sets are frozen, and print so.
    sets_are_frozen: bool,
}

impl<'m, 'v> Printer<'m, 'v> {
    pub(crate) fn charged(machine: &'m Machine<'v>) -> Self {
        Self { text: String::new(), machine: Some(machine), sets_are_frozen: true }
    }

    /// For results, whose sets are plain ones.
    pub(crate) fn of_result(machine: &'m Machine<'v>) -> Self {
        Self { sets_are_frozen: false, ..Self::charged(machine) }
    }

    fn push(&mut self, part: &str) -> Result<(), EvaluationError> {
        if let Some(machine) = self.machine {
            machine.charge(1)?;
            machine.charge_bytes(part.len() as u64)?;
        }
        self.text.push_str(part);
        Ok(())
    }

    pub(crate) fn str(&mut self, value: &Value<'v>) -> Result<(), EvaluationError> {
        match value {
            Value::String(text) => self.push(text),
            Value::Datetime(datetime) => self.push(&datetime.text()),
            Value::Timespan(span) => self.push(&span.text()),
            _ => self.repr(value),
        }
    }

    pub(crate) fn repr(&mut self, value: &Value<'v>) -> Result<(), EvaluationError> {
        match value {
            Value::Null => self.push("None"),
            Value::Boolean(true) => self.push("True"),
            Value::Boolean(false) => self.push("False"),
            Value::Integer(number) => self.push(&number.to_string()),
            Value::Float(number) => self.push(&float_text(*number)),
            Value::String(text) => self.push(&quoted(text)),
            Value::List(list) if list.is_mutable() => self.sequence("[", list.iter(), "]"),
            Value::List(list) => self.sequence("(", list.iter(), if list.len() == 1 { ",)" } else { ")" }),
            Value::Dict(dict) => {
                self.push("{")?;
                for (index, (key, item)) in dict.iter().enumerate() {
                    if index > 0 {
                        self.push(", ")?;
                    }
                    self.repr(&key)?;
                    self.push(": ")?;
                    self.repr(&item)?;
                }
                self.push("}")
            }
            Value::Datetime(datetime) => self.push(&datetime.repr()),
            Value::Timespan(span) => self.push(&span.repr()),
            Value::Internal(Internal(kind)) => self.kind(kind),
        }
    }

    fn sequence(
        &mut self,
        open: &str,
        items: impl Iterator<Item = Value<'v>>,
        close: &str,
    ) -> Result<(), EvaluationError> {
        self.push(open)?;
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.push(", ")?;
            }
            self.repr(&item)?;
        }
        self.push(close)
    }

    fn kind(&mut self, kind: &Kind<'v>) -> Result<(), EvaluationError> {
        match kind {
            Kind::Set(items) => {
                let (empty, open, close) =
                    if self.sets_are_frozen { ("frozenset()", "frozenset({", "})") } else { ("set()", "{", "}") };
                if items.is_empty() {
                    return self.push(empty);
                }
                self.sequence(open, items.iter().map(|key: &Key<'v>| key.value.clone()), close)
            }
            Kind::View(view) => self.sequence("dict_view([", view.all().into_iter(), "])"),
            Kind::Stream(_) => self.push("<generator object>"),
            Kind::Ordering(_) => self.push("<yaql.standard_library.queries.OrderingIterable object>"),
            Kind::Regex(pattern) => {
                let text = format!("re.compile({})", quoted(&pattern.text));
                self.push(&text)
            }
            Kind::Context(_) => self.push("<yaql.language.contexts.Context object>"),
            Kind::Lambda(_) => self.push("<function Lambda.convert.<locals>.func>"),
            Kind::Pair(_) => self.push("<yaql.language.utils.MappingRule object>"),
        }
    }
}

/// `repr` of a float: the shortest digits that read back, with an exponent from 1e16 on and below 1e-4.
pub(crate) fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

/// `repr` of a string.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            character if character == quote => {
                quoted.push('\\');
                quoted.push(quote);
            }
            character if is_printable(character) => quoted.push(character),
            character => quoted.push_str(&escaped(character)),
        }
    }
    quoted.push(quote);
    quoted
}

/// Python's `isprintable`, without the table of unassigned characters.
fn is_printable(character: char) -> bool {
    let separator = character.is_whitespace() && character != ' ';
    let format = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..);
    !(character.is_control() || separator || format)
}

fn escaped(character: char) -> String {
    match u32::from(character) {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}
