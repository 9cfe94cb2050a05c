//! The keys of criteria: `trigger.body['x-y'].z[0]#2` names a value of the event. Counterpart: st2common/util/payload.py.

use serde_json::{Map, Value, json};

use crate::python::{OperatorError, raise};

/// A key, ready to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Path {
    /// Names and positions one after the other: what nearly every rule has.
    Steps(Vec<Step>),
    /// The rest of JSONPath (`..`, `*`, slices, alternatives), which `jsonpath_query` evaluates.
    Query(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Index(i64),
}

impl Path {
    /// Reads a key; what follows `#` only makes the key different from another one.
    pub(crate) fn of_key(key: &str) -> Self {
        let text = key.split('#').next().unwrap_or(key);
        steps(text).map_or_else(|| Self::Query(text.to_owned()), Self::Steps)
    }

    /// Returns the first value at the path below `root: value`; null when there is none.
    pub(crate) fn find(&self, root: &str, value: &Value) -> Result<Value, OperatorError> {
        match self {
            Self::Steps(steps) => Ok(walk(steps, root, value).cloned().unwrap_or(Value::Null)),
            Self::Query(query) => self::query(&json!({root: value}), query),
        }
    }
}

fn walk<'v>(steps: &[Step], root: &str, value: &'v Value) -> Option<&'v Value> {
    let (first, rest) = steps.split_first()?;
    if *first != Step::Name(root.to_owned()) {
        return None;
    }
    rest.iter().try_fold(value, |value, step| match (step, value) {
        (Step::Name(name), Value::Object(fields)) => fields.get(name),
        (Step::Index(index), Value::Array(items)) if *index < 0 => {
            items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?).and_then(|place| items.get(place))
        }
        (Step::Index(index), Value::Array(items)) => items.get(usize::try_from(*index).ok()?),
        _ => None,
    })
}

fn query(root: &Value, query: &str) -> Result<Value, OperatorError> {
    let Some(filter) = squall_jinja::filters::TABLE.iter().find(|filter| filter.name == "jsonpath_query") else {
        return raise("jsonpath_query is not available");
    };
    match (filter.call)(&[root.clone(), Value::from(query)], &Map::new()) {
        Ok(Value::Array(matches)) => Ok(matches.into_iter().next().unwrap_or(Value::Null)),
        Ok(_) => Ok(Value::Null),
        Err(error) => raise(error.message),
    }
}

/// Returns the steps of a simple path; `None` when it is anything else.
fn steps(text: &str) -> Option<Vec<Step>> {
    let text = text.trim();
    let mut rest = text.strip_prefix("$.").unwrap_or(text);
    let mut steps = vec![name(&mut rest)?];
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            steps.push(name(&mut rest)?);
        } else {
            let inside = rest.strip_prefix('[')?;
            rest = inside;
            let step = if inside.starts_with(['\'', '"']) { name(&mut rest)? } else { index(&mut rest)? };
            rest = rest.strip_prefix(']')?;
            steps.push(step);
        }
    }
    Some(steps)
}

fn name(rest: &mut &str) -> Option<Step> {
    if let Some(quote) = rest.chars().next().filter(|letter| matches!(letter, '\'' | '"')) {
        let (name, after) = rest[1..].split_once(quote)?;
        *rest = after;
        return Some(Step::Name(name.to_owned()));
    }
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '@' | '-');
    let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    let (name, after) = rest.split_at(length);
    if !name.starts_with(|letter: char| letter.is_alphabetic() || matches!(letter, '_' | '@')) {
        return None;
    }
    *rest = after;
    Some(Step::Name(name.to_owned()))
}

fn index(rest: &mut &str) -> Option<Step> {
    let length = rest.find(']')?;
    let index = rest[..length].trim().parse().ok()?;
    *rest = &rest[length..];
    Some(Step::Index(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_value_at_the_path() {
        let payload = json!({"body": {"x-y": {"z": ["q", "r"]}, "a.b": 1, "l": [{"n": 1}, {"n": 2}]}});
        for (key, expected) in [
            ("trigger.body['x-y'].z[0]", json!("q")),
            ("trigger.body.x-y.z[-1]", json!("r")),
            ("trigger.body.'a.b'", json!(1)),
            ("trigger.body[\"a.b\"]#2", json!(1)),
            ("trigger.body.l[*].n", json!(1)),
            ("trigger..n", json!(1)),
            ("trigger.body.l[1:].n", json!(2)),
            ("trigger.body.nosuch.deeper", Value::Null),
            ("trigger.body.l.n", Value::Null),
            ("trigger.body.l[7]", Value::Null),
            ("other.body", Value::Null),
        ] {
            assert_eq!(Path::of_key(key).find("trigger", &payload).unwrap(), expected, "{key}");
        }
    }

    #[test]
    fn what_is_not_a_path_is_an_error() {
        for key in ["trigger.body.0", "trigger.", "trigger.body[", "trigger body", ""] {
            assert!(Path::of_key(key).find("trigger", &json!({})).is_err(), "{key}");
        }
    }
}
