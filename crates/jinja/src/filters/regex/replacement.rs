//! Replacement templates of `re.sub`: `\1`, `\g<1>`, `\g<name>` and the usual escapes.

use std::ops::Range;

use super::Regex;
use crate::filters::FilterError;

pub(super) struct Replacement(Vec<Piece>);

enum Piece {
    Text(String),
    Group(usize),
}

impl Replacement {
    pub(super) fn parse(template: &str, regex: &Regex) -> Result<Self, FilterError> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = template;
        while let Some(slash) = rest.find('\\') {
            text.push_str(&rest[..slash]);
            rest = &rest[slash + 1..];
            let Some(next) = rest.chars().next() else { return Err(refused("bad escape (end of pattern)")) };
            let group = match next {
                'g' => {
                    let (name, after) = rest[1..]
                        .strip_prefix('<')
                        .and_then(|name| name.split_once('>'))
                        .ok_or_else(|| refused("missing group name"))?;
                    rest = after;
                    match name.parse() {
                        Ok(number) => number,
                        Err(_) => regex
                            .group_named(name)
                            .ok_or_else(|| FilterError::new("IndexError", format!("unknown group name '{name}'")))?,
                    }
                }
                '1'..='9' => {
                    let length = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
                    let number = rest[..length].parse().unwrap_or(usize::MAX);
                    rest = &rest[length..];
                    number
                }
                _ => {
                    rest = &rest[next.len_utf8()..];
                    text.extend(escape(next)?);
                    continue;
                }
            };
            if group >= regex.group_count() {
                return Err(refused(format!("invalid group reference {group}")));
            }
            pieces.push(Piece::Text(std::mem::take(&mut text)));
            pieces.push(Piece::Group(group));
        }
        text.push_str(rest);
        pieces.push(Piece::Text(text));
        Ok(Self(pieces))
    }

    pub(super) fn expand(&self, text: &str, groups: &[Option<Range<usize>>], out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(literal) => out.push_str(literal),
                Piece::Group(group) => {
                    if let Some(Some(range)) = groups.get(*group) {
                        out.push_str(&text[range.clone()]);
                    }
                }
            }
        }
    }
}

fn escape(character: char) -> Result<Vec<char>, FilterError> {
    Ok(match character {
        'n' => vec!['\n'],
        't' => vec!['\t'],
        'r' => vec!['\r'],
        'a' => vec!['\u{07}'],
        'b' => vec!['\u{08}'],
        'f' => vec!['\u{0C}'],
        'v' => vec!['\u{0B}'],
        '0' => vec!['\0'],
        '\\' => vec!['\\'],
        letter if letter.is_ascii_alphabetic() => return Err(refused(format!("bad escape \\{letter}"))),
        other => vec!['\\', other],
    })
}

fn refused(message: impl Into<String>) -> FilterError {
    FilterError::new("error", message)
}
