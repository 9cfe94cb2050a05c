//! Backslash sequences of quoted strings: those of Python's `unicode-escape` codec; any other backslash stays.

use crate::error::ParseError;

pub(super) fn decode(text: &str, position: usize) -> Result<String, ParseError> {
    if !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let characters: Vec<char> = text.chars().collect();
    let mut decoded = String::with_capacity(text.len());
    let mut index = 0;
    while let Some(character) = characters.get(index) {
        if *character != '\\' {
            decoded.push(*character);
            index += 1;
            continue;
        }
        match sequence(&characters[index + 1..]) {
            Some((replacement, length)) => {
                decoded.push(replacement.ok_or_else(|| undecodable(position))?);
                index += 1 + length;
            }
            None => {
                decoded.push('\\');
                index += 1;
            }
        }
    }
    Ok(decoded)
}

fn undecodable(position: usize) -> ParseError {
    let message = format!("'unicodeescape' codec can't decode the string at position {position}");
    ParseError { class: "UnicodeDecodeError", message, position: Some(position) }
}

/// What the characters after a backslash mean and how many belong to the sequence; `None` when it is no sequence.
fn sequence(rest: &[char]) -> Option<(Option<char>, usize)> {
    let first = *rest.first()?;
    let simple = |character| Some((Some(character), 1));
    match first {
        '\\' | '\'' | '"' => simple(first),
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        'x' => hexadecimal(rest, 2),
        'u' => hexadecimal(rest, 4),
        'U' => hexadecimal(rest, 8),
        '0'..='7' => Some(octal(rest)),
        // Character names need the Unicode name table, which this crate does not carry.
        'N' if rest.get(1) == Some(&'{') => {
            rest.iter().position(|character| *character == '}').map(|end| (None, end + 1))
        }
        _ => None,
    }
}

fn hexadecimal(rest: &[char], digits: usize) -> Option<(Option<char>, usize)> {
    let text: String = rest.get(1..=digits)?.iter().collect();
    let code = u32::from_str_radix(&text, 16).ok();
    let surrogate_replaced = |code: u32| {
        if (0xD800..0xE000).contains(&code) { Some(char::REPLACEMENT_CHARACTER) } else { char::from_u32(code) }
    };
    Some((code.and_then(surrogate_replaced), digits + 1))
}

fn octal(rest: &[char]) -> (Option<char>, usize) {
    let digits: Vec<u32> = rest.iter().take(3).map_while(|character| character.to_digit(8)).collect();
    let code = digits.iter().fold(0, |code, digit| code * 8 + digit);
    (char::from_u32(code), digits.len())
}
