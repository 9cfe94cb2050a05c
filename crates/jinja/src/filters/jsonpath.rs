//! JSONPath in the dialect of jsonpath_rw: `$`, `.a`, `..a`, `*`, `[0]`, `[1:3]`, `[*]`, `'quoted name'`, `a,b`, `a|b`.

mod parse;

use serde_json::Value;

use super::FilterError;
use parse::Step;

/// Values that a query may visit.
const VISITS: usize = 200_000;
/// Levels that `..` descends.
const DEPTH: usize = 128;

/// Returns the values that a query matches, in order.
pub(super) fn query(value: &Value, query: &str) -> Result<Vec<Value>, FilterError> {
    let mut visits = 0;
    let mut matches = Vec::new();
    for path in parse::parse(query)? {
        let mut found = vec![value];
        walk(&path, &mut found, &mut visits)?;
        matches.extend(found.into_iter().cloned());
    }
    Ok(matches)
}

fn walk(path: &[Step], found: &mut Vec<&Value>, visits: &mut usize) -> Result<(), FilterError> {
    for step in path {
        let mut next = Vec::new();
        for value in found.iter() {
            *visits += 1;
            match step {
                Step::Descendants(right) => descend(value, right, 0, &mut next, visits)?,
                simple => select(simple, value, &mut next),
            }
            if next.len() + *visits > VISITS {
                return Err(FilterError::new("SecurityError", "the query visits more values than is allowed"));
            }
        }
        *found = next;
    }
    Ok(())
}

/// Applies a step to a value and then to everything inside it.
fn descend<'v>(
    value: &'v Value,
    right: &Step,
    depth: usize,
    found: &mut Vec<&'v Value>,
    visits: &mut usize,
) -> Result<(), FilterError> {
    *visits += 1;
    if depth > DEPTH || *visits + found.len() > VISITS {
        return Err(FilterError::new("SecurityError", "the query visits more values than is allowed"));
    }
    select(right, value, found);
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| descend(item, right, depth + 1, found, visits)),
        Value::Object(pairs) => pairs.values().try_for_each(|item| descend(item, right, depth + 1, found, visits)),
        _ => Ok(()),
    }
}

fn select<'v>(step: &Step, value: &'v Value, found: &mut Vec<&'v Value>) {
    match (step, value) {
        (Step::Fields(names), Value::Object(pairs)) => {
            for name in names {
                if name == "*" {
                    found.extend(pairs.values());
                } else {
                    found.extend(pairs.get(name));
                }
            }
        }
        (Step::Index(index), Value::Array(items)) => {
            let place =
                if *index < 0 { items.len().checked_sub(index.unsigned_abs()) } else { Some(index.unsigned_abs()) };
            found.extend(place.and_then(|place| items.get(place)));
        }
        (Step::Slice { start, end, step }, Value::Array(items)) => found.extend(slice(items, *start, *end, *step)),
        // A single value stands for a list of itself.
        (Step::Slice { start, end, step }, single) => {
            found.extend(slice(std::slice::from_ref(single), *start, *end, *step));
        }
        _ => {}
    }
}

fn slice(items: &[Value], start: Option<isize>, end: Option<isize>, step: usize) -> impl Iterator<Item = &Value> {
    let length = items.len();
    let clamp = |bound: isize| {
        if bound < 0 { length.saturating_sub(bound.unsigned_abs()) } else { bound.unsigned_abs().min(length) }
    };
    let (from, to) = (start.map_or(0, clamp), end.map_or(length, clamp));
    items.get(from..to.max(from)).unwrap_or_default().iter().step_by(step)
}
