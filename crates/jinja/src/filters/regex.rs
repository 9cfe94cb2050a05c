//! Python's regular expressions, within limits. Counterpart: st2common/expressions/functions/regex.py.

mod compiled;
mod replacement;

use serde_json::{Map, Value};

use super::{Arguments, FilterError};
use crate::python;
use replacement::Replacement;

pub use compiled::Regex;

type Answer = Result<Value, FilterError>;

/// Bytes that a replacement may make.
const OUTPUT_LIMIT: usize = 4 << 20;
const MATCH_LIMIT: usize = 100_000;

pub(super) const MATCH: &[&str] = &["value", "pattern", "ignorecase"];
pub(super) const REPLACE: &[&str] = &["value", "pattern", "replacement", "ignorecase"];
pub(super) const SUBSTRING: &[&str] = &["value", "pattern", "result_index", "ignorecase"];

pub(super) fn regex_match(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("regex_match", MATCH, 2, positional, keywords)?;
    let regex = Regex::new(arguments.text(1)?, arguments.flag(2))?;
    Ok(regex.find(&python::text(arguments.value(0)))?.is_some_and(|found| found.start == 0).into())
}

pub(super) fn regex_search(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("regex_search", MATCH, 2, positional, keywords)?;
    let regex = Regex::new(arguments.text(1)?, arguments.flag(2))?;
    Ok(regex.find(&python::text(arguments.value(0)))?.is_some().into())
}

pub(super) fn regex_replace(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("regex_replace", REPLACE, 3, positional, keywords)?;
    let regex = Regex::new(arguments.text(1)?, arguments.flag(3))?;
    let replacement = Replacement::parse(arguments.text(2)?, &regex)?;
    let text = python::text(arguments.value(0));
    let (mut out, mut copied) = (String::new(), 0);
    for groups in regex.all(&text, MATCH_LIMIT)? {
        let whole = groups[0].clone().unwrap_or_default();
        out.push_str(&text[copied..whole.start]);
        replacement.expand(&text, &groups, &mut out);
        copied = whole.end;
        if out.len() > OUTPUT_LIMIT {
            return Err(FilterError::new("SecurityError", "the replaced text is longer than is allowed"));
        }
    }
    out.push_str(&text[copied..]);
    Ok(out.into())
}

pub(super) fn regex_substring(positional: &[Value], keywords: &Map<String, Value>) -> Answer {
    let arguments = Arguments::bind("regex_substring", SUBSTRING, 2, positional, keywords)?;
    let regex = Regex::new(arguments.text(1)?, arguments.flag(3))?;
    let text = python::text(arguments.value(0));
    let index = match arguments.given(2) {
        None => 0,
        Some(value) => {
            value.as_i64().ok_or_else(|| FilterError::new("TypeError", "list indices must be integers or slices"))?
        }
    };
    let mut found = regex.all(&text, MATCH_LIMIT)?;
    let place =
        if index < 0 { found.len().checked_sub(index.unsigned_abs() as usize) } else { usize::try_from(index).ok() };
    let Some(place) = place.filter(|place| *place < found.len()) else {
        return Err(FilterError::new("IndexError", "list index out of range"));
    };
    let groups = found.swap_remove(place);
    let part = |group: &Option<std::ops::Range<usize>>| Value::from(group.clone().map_or("", |range| &text[range]));
    Ok(match groups.as_slice() {
        [whole] => part(whole),
        [_, only] => part(only),
        [_, many @ ..] => many.iter().map(part).collect(),
        [] => Value::Null,
    })
}
