//! Queries over JSON values, as the embedded store answers them.

use std::cmp::Ordering;

use serde_json::Value;
use squall_store::{Condition, Direction, Filter, Page, Query};

fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').try_fold(value, |value, name| value.get(name)).unwrap_or(&Value::Null)
}

/// Numbers, then text, as SQLite orders them; a null comes first.
fn compare(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) | Value::Number(_) => 1,
        _ => 2,
    };
    let number = |value: &Value| match value {
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        other => other.as_f64().unwrap_or_default(),
    };
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ if rank(left) != rank(right) => rank(left).cmp(&rank(right)),
        _ if rank(left) == 1 => number(left).total_cmp(&number(right)),
        _ => left.to_string().cmp(&right.to_string()),
    }
}

fn holds(value: &Value, filter: &Filter) -> bool {
    let found = at(value, &filter.path);
    let ordered = |wanted: &Value, allowed: &[Ordering]| !found.is_null() && allowed.contains(&compare(found, wanted));
    match &filter.condition {
        Condition::Equals(Value::Null) | Condition::Absent => found.is_null(),
        Condition::Present => !found.is_null(),
        Condition::Equals(wanted) => ordered(wanted, &[Ordering::Equal]),
        Condition::In(wanted) => wanted.iter().any(|wanted| ordered(wanted, &[Ordering::Equal])),
        Condition::GreaterThan(wanted) => ordered(wanted, &[Ordering::Greater]),
        Condition::LessThan(wanted) => ordered(wanted, &[Ordering::Less]),
        Condition::AtLeast(wanted) => ordered(wanted, &[Ordering::Greater, Ordering::Equal]),
        Condition::AtMost(wanted) => ordered(wanted, &[Ordering::Less, Ordering::Equal]),
        Condition::StartsWith(prefix) => found.as_str().is_some_and(|text| text.starts_with(prefix)),
        Condition::AnyElement { field, equals } => {
            found.as_array().is_some_and(|items| items.iter().any(|item| item.get(field) == Some(equals)))
        }
    }
}

/// One candidate: its place in the order of insertion, what filters look at, and what is returned.
pub(super) struct Candidate<'v, T> {
    pub(super) number: u64,
    pub(super) value: std::borrow::Cow<'v, Value>,
    pub(super) item: T,
}

pub(super) fn select<'v, T>(candidates: impl Iterator<Item = Candidate<'v, T>>, query: &Query) -> Page<T> {
    let mut found: Vec<Candidate<'_, T>> =
        candidates.filter(|candidate| query.filters.iter().all(|filter| holds(&candidate.value, filter))).collect();
    let backwards = query.sort.first().is_some_and(|sort| sort.direction == Direction::Descending);
    found.sort_by(|left, right| {
        let by_path = query.sort.iter().map(|sort| {
            let order = compare(at(&left.value, &sort.path), at(&right.value, &sort.path));
            if sort.direction == Direction::Ascending { order } else { order.reverse() }
        });
        let by_number = left.number.cmp(&right.number);
        let last = if backwards { by_number.reverse() } else { by_number };
        by_path.fold(Ordering::Equal, Ordering::then).then(last)
    });
    let total = found.len() as u64;
    let limit = query.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let items = found.into_iter().skip(offset).take(limit).map(|candidate| candidate.item).collect();
    Page { items, total }
}
