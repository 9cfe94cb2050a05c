//! What Python says about a text that is not JSON. Counterpart: CPython's json/decoder.py and its scanner.

use serde_json::Value;

/// Lists and objects inside each other that are looked into.
const DEPTH: usize = 200;

/// Bytes of a text that is looked into: that takes four times as many.
const LENGTH: usize = 1 << 20;

/// Reads JSON; the error is the text of Python's `JSONDecodeError`.
pub fn loads(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| {
        if text.len() > LENGTH {
            return error.to_string();
        }
        let characters: Vec<char> = text.chars().collect();
        match document(&characters) {
            Err(Some((message, position))) => told(&characters, message, position),
            // Too deep, or refused here alone.
            _ => error.to_string(),
        }
    })
}

/// What is wrong, and where; none where nobody looked any further.
type Found = Option<(&'static str, usize)>;

fn told(text: &[char], message: &str, position: usize) -> String {
    let before = &text[..position.min(text.len())];
    let line = 1 + before.iter().filter(|character| **character == '\n').count();
    let column = 1 + before.iter().rev().take_while(|character| **character != '\n').count();
    format!("{message}: line {line} column {column} (char {position})")
}

fn document(text: &[char]) -> Result<(), Found> {
    let end = value(text, blanks(text, 0), 0)?;
    let end = blanks(text, end);
    if end == text.len() { Ok(()) } else { Err(Some(("Extra data", end))) }
}

fn blanks(text: &[char], start: usize) -> usize {
    let is_blank = |character: &&char| matches!(character, ' ' | '\t' | '\n' | '\r');
    start + text[start.min(text.len())..].iter().take_while(is_blank).count()
}

/// Returns where a value ends.
fn value(text: &[char], start: usize, depth: usize) -> Result<usize, Found> {
    if depth > DEPTH {
        return Err(None);
    }
    match text.get(start) {
        Some('"') => string(text, start),
        Some('{') => object(text, start + 1, depth),
        Some('[') => array(text, start + 1, depth),
        _ => ["null", "true", "false", "NaN", "Infinity", "-Infinity"]
            .into_iter()
            .find(|word| word.chars().eq(text[start.min(text.len())..].iter().copied().take(word.len())))
            .map(|word| start + word.len())
            .or_else(|| number(text, start))
            .ok_or(Some(("Expecting value", start))),
    }
}

fn number(text: &[char], start: usize) -> Option<usize> {
    let digits =
        |from: usize| from + text[from.min(text.len())..].iter().take_while(|digit| digit.is_ascii_digit()).count();
    let first = start + usize::from(text.get(start) == Some(&'-'));
    let whole = if text.get(first) == Some(&'0') { first + 1 } else { digits(first) };
    if whole == first {
        return None;
    }
    let fraction = digits(whole + 1);
    let mut end = if text.get(whole) == Some(&'.') && fraction > whole + 1 { fraction } else { whole };
    if matches!(text.get(end), Some('e' | 'E')) {
        let sign = end + 1 + usize::from(matches!(text.get(end + 1), Some('+' | '-')));
        let exponent = digits(sign);
        if exponent > sign {
            end = exponent;
        }
    }
    Some(end)
}

fn string(text: &[char], start: usize) -> Result<usize, Found> {
    let mut position = start + 1;
    loop {
        match text.get(position) {
            None => return Err(Some(("Unterminated string starting at", start))),
            Some('"') => return Ok(position + 1),
            Some('\\') => position += escape(text, position, start)?,
            Some(character) if u32::from(*character) < 0x20 => {
                return Err(Some(("Invalid control character at", position)));
            }
            Some(_) => position += 1,
        }
    }
}

/// Returns how long an escape is.
fn escape(text: &[char], position: usize, start: usize) -> Result<usize, Found> {
    match text.get(position + 1) {
        None => Err(Some(("Unterminated string starting at", start))),
        Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => Ok(2),
        Some('u') => {
            let is_whole = text[position + 2..].iter().take(4).filter(|digit| digit.is_ascii_hexdigit()).count() == 4;
            if is_whole { Ok(6) } else { Err(Some(("Invalid \\uXXXX escape", position + 1))) }
        }
        Some(_) => Err(Some(("Invalid \\escape", position))),
    }
}

fn object(text: &[char], start: usize, depth: usize) -> Result<usize, Found> {
    let mut position = blanks(text, start);
    if text.get(position) == Some(&'}') {
        return Ok(position + 1);
    }
    loop {
        if text.get(position) != Some(&'"') {
            return Err(Some(("Expecting property name enclosed in double quotes", position)));
        }
        position = blanks(text, string(text, position)?);
        if text.get(position) != Some(&':') {
            return Err(Some(("Expecting ':' delimiter", position)));
        }
        position = blanks(text, value(text, blanks(text, position + 1), depth + 1)?);
        match text.get(position) {
            Some('}') => return Ok(position + 1),
            Some(',') => position = blanks(text, position + 1),
            _ => return Err(Some(("Expecting ',' delimiter", position))),
        }
    }
}

fn array(text: &[char], start: usize, depth: usize) -> Result<usize, Found> {
    let mut position = blanks(text, start);
    if text.get(position) == Some(&']') {
        return Ok(position + 1);
    }
    loop {
        position = blanks(text, value(text, position, depth + 1)?);
        match text.get(position) {
            Some(']') => return Ok(position + 1),
            Some(',') => position = blanks(text, position + 1),
            _ => return Err(Some(("Expecting ',' delimiter", position))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, loads};

    #[test]
    fn says_what_python_says() {
        for (text, expected) in [
            ("x", "Expecting value: line 1 column 1 (char 0)"),
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("[1,\n ]", "Expecting value: line 2 column 2 (char 5)"),
            ("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
            ("{a: 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{\"a\": 1 \"b\"}", "Expecting ',' delimiter: line 1 column 9 (char 8)"),
            ("{\"a\": }", "Expecting value: line 1 column 7 (char 6)"),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
            ("{} {}", "Extra data: line 1 column 4 (char 3)"),
            ("[\"a", "Unterminated string starting at: line 1 column 2 (char 1)"),
            ("\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)"),
            ("01", "Extra data: line 1 column 2 (char 1)"),
            ("[1.5e3, -2, tru]", "Expecting value: line 1 column 13 (char 12)"),
        ] {
            assert_eq!(loads(text).unwrap_err(), expected, "{text}");
        }
        assert!(loads(&"[".repeat(100_000)).is_err());
        let long = " ".repeat(LENGTH) + "x";
        assert_eq!(loads(&long).unwrap_err(), format!("expected value at line 1 column {}", long.len()));
    }
}
