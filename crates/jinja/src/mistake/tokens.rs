//! The tokens of a template. Jinja2's lexer, not its parser, minds the brackets.

use serde_json::Value;

use crate::python;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    PrintBegin,
    PrintEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Text,
    Integer,
    Float,
    Sign,
    End,
}

impl Kind {
    /// What Jinja2 calls a token of this kind, if not by its text.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::PrintBegin => "begin of print statement",
            Self::PrintEnd => "end of print statement",
            Self::BlockBegin => "begin of statement block",
            Self::BlockEnd => "end of statement block",
            Self::Name => "name",
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Sign => "operator",
            Self::End => "end of template",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind,
    pub(super) text: &'s str,
}

impl Token<'_> {
    pub(super) fn described(&self) -> &str {
        if matches!(self.kind, Kind::Name | Kind::Sign) { self.text } else { self.kind.title() }
    }
}

/// What the lexer is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Print,
    Block,
}

#[derive(Clone)]
pub(super) struct Tokens<'s> {
    source: &'s str,
    position: usize,
    place: Place,
    /// The brackets that are to be closed.
    closers: Vec<char>,
}

impl<'s> Tokens<'s> {
    pub(super) fn of_template(source: &'s str) -> Self {
        Self { source, position: 0, place: Place::Text, closers: Vec::new() }
    }

    pub(super) fn of_expression(source: &'s str) -> Self {
        Self { place: Place::Print, ..Self::of_template(source) }
    }

    pub(super) fn next(&mut self) -> Result<Token<'s>, String> {
        if self.place == Place::Text {
            return self.begin();
        }
        let rest = &self.source[self.position..];
        self.position += rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        if let Some((kind, length)) = self.end_of_tag(rest) {
            self.place = Place::Text;
            return Ok(self.take(kind, length));
        }
        let Some(first) = rest.chars().next() else { return Ok(self.take(Kind::End, 0)) };
        if let Some((kind, length)) = number(rest, self.source[..self.position].ends_with('.')) {
            return Ok(self.take(kind, length));
        }
        match first {
            '\'' | '"' => match quoted(rest, first) {
                Some(length) => Ok(self.take(Kind::Text, length)),
                None => Err(self.unexpected(first)),
            },
            _ if is_of_word(first) => {
                let length = rest.find(|character| !is_of_word(character)).unwrap_or(rest.len());
                if first.is_numeric() {
                    return Err("Invalid character in identifier".to_owned());
                }
                Ok(self.take(Kind::Name, length))
            }
            _ => self.sign(rest, first),
        }
    }

    fn take(&mut self, kind: Kind, length: usize) -> Token<'s> {
        let start = self.position;
        self.position += length;
        Token { kind, text: &self.source[start..self.position] }
    }

    /// Goes on to where the next tag begins.
    fn begin(&mut self) -> Result<Token<'s>, String> {
        loop {
            let rest = &self.source[self.position..];
            let found = rest.match_indices('{').find_map(|(at, _)| Some((at, rest[at + 1..].chars().next()?)));
            let found = match found {
                Some((at, '{' | '%' | '#')) => at,
                // A brace of the text.
                Some((at, _)) => {
                    self.position += at + 1;
                    continue;
                }
                None => {
                    self.position = self.source.len();
                    return Ok(self.take(Kind::End, 0));
                }
            };
            self.position += found;
            let rest = &rest[found..];
            let inside = &rest[2..];
            if rest.starts_with("{#") {
                let end = inside.find("#}").ok_or("Missing end of comment tag")?;
                self.position += 2 + end + 2;
                continue;
            }
            let is_block = rest.starts_with("{%");
            if let Some(after) = is_block.then(|| tag(inside, "raw")).flatten() {
                self.position = self.source.len() - end_of_raw(after).ok_or("Missing end of raw directive")?.len();
                continue;
            }
            self.place = if is_block { Place::Block } else { Place::Print };
            let length = 2 + usize::from(inside.starts_with(['-', '+']));
            return Ok(self.take(if is_block { Kind::BlockBegin } else { Kind::PrintBegin }, length));
        }
    }

    fn end_of_tag(&self, rest: &str) -> Option<(Kind, usize)> {
        if !self.closers.is_empty() {
            return None;
        }
        let (kind, ends): (Kind, &[&str]) = match self.place {
            Place::Block => (Kind::BlockEnd, &["%}", "-%}", "+%}"]),
            _ => (Kind::PrintEnd, &["}}", "-}}"]),
        };
        ends.iter().find(|end| rest.starts_with(**end)).map(|end| (kind, end.len()))
    }

    fn sign(&mut self, rest: &str, first: char) -> Result<Token<'s>, String> {
        if ["//", "**", "==", "!=", ">=", "<="].iter().any(|sign| rest.starts_with(sign)) {
            return Ok(self.take(Kind::Sign, 2));
        }
        match first {
            '(' => self.closers.push(')'),
            '[' => self.closers.push(']'),
            '{' => self.closers.push('}'),
            ')' | ']' | '}' => match self.closers.pop() {
                None => return Err(format!("unexpected '{first}'")),
                Some(closer) if closer != first => return Err(format!("unexpected '{first}', expected '{closer}'")),
                Some(_) => {}
            },
            _ if "+-/*%~><=.:|,;".contains(first) => {}
            _ => return Err(self.unexpected(first)),
        }
        Ok(self.take(Kind::Sign, 1))
    }

    /// Places are counted in characters, and every line break is one.
    fn unexpected(&self, character: char) -> String {
        let before = &self.source[..self.position];
        let place = before.chars().count() - before.matches("\r\n").count();
        format!("unexpected char {} at {place}", python::repr(&Value::String(character.to_string())))
    }
}

/// Returns the line, counted from 1, of the first token of an expression.
pub(super) fn first_line(source: &str) -> usize {
    let blank = &source[..source.len() - source.trim_start().len()];
    1 + blank.matches('\n').count()
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Returns what follows a tag of one word; `inside` begins after `{%`.
fn tag<'a>(inside: &'a str, word: &str) -> Option<&'a str> {
    let named = inside.strip_prefix(['-', '+']).unwrap_or(inside).trim_start().strip_prefix(word)?.trim_start();
    named.strip_prefix(['-', '+']).unwrap_or(named).strip_prefix("%}")
}

fn end_of_raw(text: &str) -> Option<&str> {
    text.match_indices("{%").find_map(|(at, _)| tag(&text[at + 2..], "endraw"))
}

/// Returns the length of a string literal, if it ends.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            _ if character == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn number(rest: &str, after_dot: bool) -> Option<(Kind, usize)> {
    let float = if after_dot { None } else { float(rest) };
    float.map(|length| (Kind::Float, length)).or_else(|| integer(rest).map(|length| (Kind::Integer, length)))
}

/// `1.5`, `1e3`, `1.5e-3`: digits, then a fraction or an exponent.
fn float(rest: &str) -> Option<usize> {
    let whole = digits(rest)?;
    let fraction = rest[whole..].strip_prefix('.').and_then(digits).map_or(0, |length| 1 + length);
    let mantissa = whole + fraction;
    let exponent = rest[mantissa..].strip_prefix(['e', 'E']).and_then(|power| {
        let unsigned = power.strip_prefix(['+', '-']).unwrap_or(power);
        Some(1 + power.len() - unsigned.len() + digits(unsigned)?)
    });
    (fraction > 0 || exponent.is_some()).then(|| mantissa + exponent.unwrap_or(0))
}

fn integer(rest: &str) -> Option<usize> {
    let radix: Option<fn(char) -> bool> = match rest.get(..2) {
        Some("0b" | "0B") => Some(|character| matches!(character, '0' | '1')),
        Some("0o" | "0O") => Some(|character| matches!(character, '0'..='7')),
        Some("0x" | "0X") => Some(|character| character.is_ascii_hexdigit()),
        _ => None,
    };
    let with_radix = radix.map(|is_digit| spaced(&rest[2..], is_digit)).filter(|length| *length > 0);
    match (with_radix, rest.chars().next()?) {
        (Some(length), _) => Some(2 + length),
        (None, '0') => Some(1 + spaced(&rest[1..], |character| character == '0')),
        (None, '1'..='9') => Some(1 + spaced(&rest[1..], |character| character.is_ascii_digit())),
        _ => None,
    }
}

/// Returns how many bytes are digits, each with a `_` before it or not.
fn spaced(text: &str, is_digit: fn(char) -> bool) -> usize {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        let digit = rest.strip_prefix('_').unwrap_or(rest);
        if !digit.starts_with(is_digit) {
            return length;
        }
        length += 1 + rest.len() - digit.len();
    }
}

/// The same for a number that begins with a digit.
fn digits(text: &str) -> Option<usize> {
    text.starts_with(|first: char| first.is_ascii_digit()).then(|| spaced(text, |character| character.is_ascii_digit()))
}
