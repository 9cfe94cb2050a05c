//! `matchwildcard`: `*`, `?`, `[abc]`, `[!abc]` over the whole text. Counterpart: Python's fnmatch.

use serde_json::Value;

use super::Says::{No, Raises, Yes};
use super::{Example, Operator};
use crate::python::{OperatorError, raise, type_name};

enum Piece {
    Any,
    One,
    Exactly(char),
    Class { members: Vec<(char, char)>, negated: bool },
}

impl Piece {
    fn cost(&self) -> usize {
        match self {
            Self::Class { members, .. } => 1 + members.len(),
            _ => 1,
        }
    }

    fn takes(&self, letter: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Exactly(wanted) => *wanted == letter,
            Self::Class { members, negated } => {
                members.iter().any(|(first, last)| (*first..=*last).contains(&letter)) != *negated
            }
        }
    }
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let letters: Vec<char> = pattern.chars().collect();
    let mut pieces = Vec::with_capacity(letters.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        at += 1;
        pieces.push(match letter {
            '*' => Piece::Any,
            '?' => Piece::One,
            '[' => match class(&letters[at..]) {
                Some((class, length)) => {
                    at += length;
                    class
                }
                None => Piece::Exactly('['),
            },
            letter => Piece::Exactly(*letter),
        });
    }
    pieces
}

/// Reads what follows a `[`; `None` when nothing closes it.
fn class(letters: &[char]) -> Option<(Piece, usize)> {
    let negated = letters.first() == Some(&'!');
    let start = usize::from(negated);
    // A bracket that comes first is a member.
    let close = letters.iter().skip(start + 1).position(|letter| *letter == ']')? + start + 1;
    let inside = &letters[start..close];
    let mut members = Vec::new();
    let mut at = 0;
    while let Some(first) = inside.get(at) {
        if let (Some('-'), Some(last)) = (inside.get(at + 1), inside.get(at + 2)) {
            members.push((*first, *last));
            at += 3;
        } else {
            members.push((*first, *first));
            at += 1;
        }
    }
    Some((Piece::Class { members, negated }, close + 1))
}

/// Letters that are compared before a pattern is refused.
const WORK: usize = 5_000_000;

/// Matches with one point to come back to, so the cost is at most the product of the lengths. Returns none when that is
/// more than is allowed.
fn matches(pattern: &[Piece], text: &[char]) -> Option<bool> {
    let mut left = WORK;
    let (mut piece, mut letter) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while letter < text.len() {
        left = left.checked_sub(pattern.get(piece).map_or(1, Piece::cost))?;
        match pattern.get(piece) {
            Some(Piece::Any) => {
                retry = Some((piece, letter));
                piece += 1;
            }
            Some(other) if other.takes(text[letter]) => {
                piece += 1;
                letter += 1;
            }
            _ => {
                let Some((star, from)) = retry else { return Some(false) };
                retry = Some((star, from + 1));
                piece = star + 1;
                letter = from + 1;
            }
        }
    }
    Some(pattern[piece..].iter().all(|piece| matches!(piece, Piece::Any)))
}

fn matches_wildcard(value: &Value, pattern: &Value) -> Result<bool, OperatorError> {
    let path = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        other => raise(format!("expected str, bytes or os.PathLike object, not {}", type_name(other))),
    };
    let text: Vec<char> = path(value)?.chars().collect();
    match matches(&pieces(&path(pattern)?), &text) {
        Some(matched) => Ok(matched),
        None => raise("the pattern takes more work than is allowed"),
    }
}

pub(super) const TABLE: &[Operator] = &[Operator {
    names: &["matchwildcard"],
    takes_null_pattern: false,
    apply: |value, pattern, _| matches_wildcard(value, pattern),
    examples: &[
        Example("\"abc\"", "\"ab*\"", Yes),
        Example("\"xabc\"", "\"ab*\"", No),
        Example("\"a.b\\nc\"", "\"a?b*\"", Yes),
        Example("\"b7\"", "\"[a-c][!0-5]\"", Yes),
        Example("\"b4\"", "\"[a-c][!0-5]\"", No),
        Example("\"a[b\"", "\"a[b\"", Yes),
        Example("\"]\"", "\"[]]\"", Yes),
        Example("\"aXbXc\"", "\"*X?*c\"", Yes),
        Example("\"\"", "\"*\"", Yes),
        Example("5", "\"5\"", Raises("expected str, bytes or os.PathLike object, not int")),
    ],
}];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_whose_cost_is_the_product_of_two_great_lengths_are_refused() {
        let text = json!("a".repeat(1_000_000));
        for pattern in ["*".to_owned() + &"a".repeat(100_000) + "b", format!("*{}b", "[!b]".repeat(10_000))] {
            let refused = matches_wildcard(&text, &json!(pattern)).map_err(|error| error.0);
            assert_eq!(refused, Err("the pattern takes more work than is allowed".to_owned()));
        }
        assert_eq!(matches_wildcard(&text, &json!("*aaab*")), Ok(false));
    }
}
