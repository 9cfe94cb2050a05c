//! Searching, splitting and replacing with matches in sight.

use super::super::{Call, Outcome, Value};
use super::pattern::{Match, Pattern, argument};
use crate::error::EvaluationError;
use crate::evaluate::{Frame, Machine};
use crate::value::{Dict, Text};

fn character_index<'v>(text: &str, byte: usize) -> Value<'v> {
    Value::Integer(text.get(..byte).map_or(0, |head| head.chars().count()) as i128)
}

fn record<'v>(text: &str, group: Option<(usize, usize)>) -> Value<'v> {
    let (value, start, end) = match group {
        Some((start, end)) => {
            let value = Value::string(text.get(start..end).unwrap_or_default());
            (value, character_index(text, start), character_index(text, end))
        }
        None => (Value::Null, Value::Integer(-1), Value::Integer(-1)),
    };
    let entries = [("value", value), ("start", start), ("end", end)];
    Value::Dict(Dict::from_entries(entries.map(|(name, value)| (Text::Borrowed(name), value))))
}

/// A frame in which `$1` (and `$`) is the match and `$2`… are its groups.
fn published<'v>(frame: &Frame<'v>, text: &str, found: &Match, machine: &Machine<'v>) -> Outcome<Frame<'v>> {
    machine.charge(text.len() as u64 / 16 * found.groups.len() as u64)?;
    frame.with(found.groups.iter().map(|group| record(text, *group)).collect(), Vec::new(), machine)
}

fn whole_text(text: &str, found: &Match) -> String {
    let (start, end) = found.whole();
    text.get(start..end).unwrap_or_default().to_owned()
}

pub(super) fn search<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (pattern, string) = (argument(call, 0)?, call.text(1)?);
    let Some(found) = pattern.find_at(&string, 0, call.machine)? else { return Ok(Value::Null) };
    match call.optional_lambda(2) {
        None => call.machine.string(whole_text(&string, &found)),
        Some(selector) => selector.call_in(&published(&call.frame, &string, &found, call.machine)?, call.machine),
    }
}

pub(super) fn search_all<'v>(call: &Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (pattern, string) = (argument(call, 0)?, call.text(1)?);
    let (selector, frame) = (call.optional_lambda(2), call.frame.clone());
    let mut matches = pattern.matches(&string, usize::MAX, call.machine)?.into_iter();
    call.stream(move |machine| {
        let Some(found) = matches.next() else { return Ok(None) };
        match &selector {
            None => machine.string(whole_text(&string, &found)).map(Some),
            Some(selector) => selector.call_in(&published(&frame, &string, &found, machine)?, machine).map(Some),
        }
    })
}

fn limit(call: &Call<'_, '_>, index: usize) -> Outcome<usize> {
    let count = call.index(index)?;
    Ok(match count {
        0 => usize::MAX,
        count => usize::try_from(count).unwrap_or(0),
    })
}

pub(super) fn split<'v>(call: &Call<'_, 'v>, pattern: usize, string: usize) -> Outcome<Value<'v>> {
    let (pattern, string) = (argument(call, pattern)?, call.text(string)?);
    let mut parts = Vec::new();
    let mut rest = 0;
    for found in pattern.matches(&string, limit(call, 2)?, call.machine)? {
        let (start, end) = found.whole();
        parts.push(Value::string(&string[rest..start]));
        for group in found.groups.iter().skip(1) {
            parts.push(group.map_or(Value::Null, |(start, end)| Value::string(&string[start..end])));
        }
        rest = end;
    }
    parts.push(Value::string(&string[rest..]));
    call.machine.charge_bytes(string.len() as u64)?;
    call.machine.mutable_list(parts)
}

/// The text with matches replaced by what `make` makes of them.
fn substituted<'v>(
    call: &Call<'_, 'v>,
    pattern: &Pattern,
    string: &str,
    make: impl Fn(&Match) -> Outcome<String>,
) -> Outcome<Value<'v>> {
    let mut result = String::new();
    let mut rest = 0;
    for found in pattern.matches(string, limit(call, 3)?, call.machine)? {
        let (start, end) = found.whole();
        let replacement = make(&found)?;
        call.machine.charge_bytes(replacement.len() as u64)?;
        result.push_str(&string[rest..start]);
        result.push_str(&replacement);
        rest = end;
    }
    result.push_str(&string[rest..]);
    call.machine.string(result)
}

pub(super) fn replace<'v>(call: &Call<'_, 'v>, pattern: usize, string: usize) -> Outcome<Value<'v>> {
    let (pattern, string, template) = (argument(call, pattern)?, call.text(string)?, call.text(2)?);
    substituted(call, &pattern, &string, |found| expand(&template, &string, &pattern, found))
}

pub(super) fn replace_by<'v>(call: &Call<'_, 'v>, pattern: usize, string: usize) -> Outcome<Value<'v>> {
    let (pattern, string, replacement) = (argument(call, pattern)?, call.text(string)?, call.lambda(2)?);
    substituted(call, &pattern, &string, |found| {
        let frame = published(&call.frame, &string, found, call.machine)?;
        match replacement.call_in(&frame, call.machine)? {
            Value::String(text) => Ok(text.to_string()),
            Value::Null => Ok(String::new()),
            other => Err(EvaluationError::type_error(format!(
                "sequence item 0: expected str instance, {} found",
                other.type_name()
            ))),
        }
    })
}

/// Python's replacement templates: `\1`, `\g<1>`, `\g<name>` and the usual escapes.
fn expand(template: &str, text: &str, pattern: &Pattern, found: &Match) -> Outcome<String> {
    let mut expanded = String::new();
    let mut rest = template;
    while let Some(position) = rest.find('\\') {
        expanded.push_str(&rest[..position]);
        let after = &rest[position + 1..];
        let (index, length) = reference(after, pattern)?;
        match index {
            Some(index) => {
                let group = found.groups.get(index).ok_or_else(|| invalid_reference(&index.to_string()))?;
                expanded.push_str(group.and_then(|(start, end)| text.get(start..end)).unwrap_or_default());
            }
            None => match after.chars().next() {
                Some('n') => expanded.push('\n'),
                Some('t') => expanded.push('\t'),
                Some('r') => expanded.push('\r'),
                Some('\\') => expanded.push('\\'),
                Some(letter) if letter.is_ascii_alphabetic() => {
                    return Err(EvaluationError::new("error", format!("bad escape \\{letter} at position {position}")));
                }
                Some(other) => expanded.extend(['\\', other]),
                None => expanded.push('\\'),
            },
        }
        rest = after.get(length..).unwrap_or_default();
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn invalid_reference(name: &str) -> EvaluationError {
    EvaluationError::new("error", format!("invalid group reference {name}"))
}

/// The group that a backslash sequence names, and how many bytes the sequence has after the backslash.
fn reference(after: &str, pattern: &Pattern) -> Outcome<(Option<usize>, usize)> {
    if let Some(name) = after.strip_prefix("g<").and_then(|name| name.split_once('>')).map(|(name, _)| name) {
        let index = name.parse().ok().or_else(|| pattern.group_index(name));
        return match index {
            Some(index) => Ok((Some(index), name.len() + 3)),
            None => Err(EvaluationError::new("IndexError", format!("unknown group name '{name}'"))),
        };
    }
    let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let index = after.get(..digits).and_then(|digits| digits.parse().ok()).filter(|index| *index > 0);
    let length = if index.is_some() { digits } else { after.chars().next().map_or(0, char::len_utf8) };
    Ok((index, length))
}
