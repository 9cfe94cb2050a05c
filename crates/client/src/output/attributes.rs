//! Picks attributes out of a resource, by name or by a dotted path.

use serde_json::{Map, Value};

/// The value at a dotted path; nothing when a step is missing.
pub(crate) fn lookup<'a>(document: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut steps = path.split('.');
    let first = steps.next()?;
    steps.try_fold(document.get(first)?, |value, step| step_into(value, step))
}

fn step_into<'a>(value: &'a Value, step: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(step),
        _ => None,
    }
}

/// The value at a path whose steps may end in `[n]`, as `--key` allows (`result.items[0].name`).
pub(crate) fn lookup_indexed<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, step| {
        let (name, indexes) = step.split_once('[').map_or((step, None), |(name, rest)| (name, Some(rest)));
        let named = if name.is_empty() { Some(value) } else { step_into(value, name) }?;
        let Some(indexes) = indexes else { return Some(named) };
        indexes
            .trim_end_matches(']')
            .split("][")
            .try_fold(named, |value, index| value.get(index.parse::<usize>().ok()?))
    })
}

/// A document with nothing but the attributes asked for; missing ones and nulls are left out.
pub(crate) fn select(document: &Map<String, Value>, attributes: &[String]) -> Value {
    let all: Vec<String>;
    let names = if wants_all(attributes) {
        all = document.keys().cloned().collect();
        &all
    } else {
        attributes
    };
    let mut selected = Map::new();
    for name in names {
        if let Some(value) = lookup(document, name).filter(|value| !value.is_null()) {
            insert(&mut selected, name, value.clone());
        }
    }
    Value::Object(selected)
}

fn insert(target: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            target.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let nested = target.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(map) = nested {
                insert(map, rest, value);
            }
        }
    }
}

/// Whether the user wants every attribute.
pub(crate) fn wants_all(attributes: &[String]) -> bool {
    attributes.is_empty() || attributes.iter().any(|attribute| attribute == "all")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Map<String, Value> {
        match json!({"id": "1", "action": {"ref": "core.echo", "pack": "core"}, "user": null, "items": [{"n": 5}]}) {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    #[test]
    fn selects_dotted_attributes_and_drops_nulls() {
        let names = ["id", "action.ref", "user", "missing.x"].map(str::to_owned);
        assert_eq!(select(&document(), &names), json!({"id": "1", "action": {"ref": "core.echo"}}));
    }

    #[test]
    fn indexes_lists() {
        let value = Value::Object(document());
        assert_eq!(lookup_indexed(&value, "items[0].n"), Some(&json!(5)));
        assert_eq!(lookup_indexed(&value, "items[1].n"), None);
    }
}
