//! Python's `split` and `rsplit`.

use super::super::{Call, Outcome, Value};
use super::is_blank;
use crate::error::EvaluationError;

pub(super) fn split<'v>(call: &Call<'_, 'v>, from_right: bool) -> Outcome<Value<'v>> {
    let string = call.text(0)?;
    // One part too many is enough to be refused.
    let most = usize::try_from(call.machine.limits.items).unwrap_or(usize::MAX);
    let limit = usize::try_from(call.index(2)?).unwrap_or(usize::MAX).min(most);
    let parts: Vec<&str> = match call.optional_text(1) {
        Some(separator) if separator.is_empty() => return Err(EvaluationError::value_error("empty separator")),
        Some(separator) if from_right => {
            let mut parts: Vec<&str> = string.rsplitn(limit.saturating_add(1), &*separator).collect();
            parts.reverse();
            parts
        }
        Some(separator) => string.splitn(limit.saturating_add(1), &*separator).collect(),
        None if from_right => blanks_from_right(&string, limit),
        None => blanks(&string, limit),
    };
    call.machine.charge_bytes(string.len() as u64)?;
    call.machine.mutable_list(parts.into_iter().map(Value::string).collect())
}

fn blanks(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_blank);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        let end = rest.find(is_blank).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(is_blank);
    }
    parts
}

fn blanks_from_right(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches(is_blank);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        let start = rest.char_indices().rev().find(|(_, character)| is_blank(*character));
        let start = start.map_or(0, |(index, character)| index + character.len_utf8());
        parts.push(&rest[start..]);
        rest = rest[..start].trim_end_matches(is_blank);
    }
    parts.reverse();
    parts
}
