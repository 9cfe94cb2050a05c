//! `characters()`: the alphabets of Python's `string` module.

use super::super::{Call, Outcome, Parameter, Value, flag};
use crate::error::EvaluationError;

pub(super) const PARAMETERS: &[Parameter] = &[
    flag("digits"),
    flag("hexdigits"),
    flag("asciiLowercase"),
    flag("asciiUppercase"),
    flag("asciiLetters"),
    flag("letters"),
    flag("octdigits"),
    flag("punctuation"),
    flag("printable"),
    flag("lowercase"),
    flag("uppercase"),
    flag("whitespace"),
];

const DIGITS: &str = "0123456789";
const LOWERCASE: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPERCASE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const WHITESPACE: &str = " \t\n\r\u{b}\u{c}";

/// The alphabets behind each flag; an empty list is one that Python 3 has no longer.
fn alphabets(index: usize) -> &'static [&'static str] {
    match index {
        0 => &[DIGITS],
        1 => &[DIGITS, "abcdefABCDEF"],
        2 => &[LOWERCASE],
        3 => &[UPPERCASE],
        4 => &[LOWERCASE, UPPERCASE],
        6 => &["01234567"],
        7 => &[PUNCTUATION],
        8 => &[DIGITS, LOWERCASE, UPPERCASE, PUNCTUATION, WHITESPACE],
        11 => &[WHITESPACE],
        _ => &[],
    }
}

pub(super) fn characters<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let mut distinct: Vec<char> = Vec::new();
    for (index, parameter) in PARAMETERS.iter().enumerate().filter(|(index, _)| call.flag(*index)) {
        if alphabets(index).is_empty() {
            let message = format!("module 'string' has no attribute '{}'", parameter.name);
            return Err(EvaluationError::new("AttributeError", message));
        }
        for character in alphabets(index).iter().flat_map(|alphabet| alphabet.chars()) {
            if !distinct.contains(&character) {
                distinct.push(character);
            }
        }
    }
    call.machine.tuple(distinct.into_iter().map(|character| Value::string(character.to_string())).collect())
}
