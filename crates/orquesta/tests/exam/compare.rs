//! When a recorded answer and ours are the same.

use serde_json::Value;

/// `{"$set": […]}` is a set, which we answer as a list in any order.
pub(crate) fn same(recorded: &Value, ours: &Value) -> bool {
    match (recorded, ours) {
        (Value::Object(tagged), _) if tagged.len() == 1 && tagged.keys().all(|key| key.starts_with('$')) => {
            let (tag, inner) = tagged.iter().next().expect("one entry");
            same_tagged(tag, inner, ours)
        }
        (Value::Object(recorded), Value::Object(ours)) => {
            recorded.len() == ours.len()
                && recorded.iter().all(|(key, value)| ours.get(key).is_some_and(|ours| same(value, ours)))
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            recorded.len() == ours.len() && recorded.iter().zip(ours).all(|(recorded, ours)| same(recorded, ours))
        }
        _ => recorded == ours,
    }
}

fn same_tagged(tag: &str, inner: &Value, ours: &Value) -> bool {
    match (tag, inner, ours) {
        ("$set", Value::Array(recorded), Value::Array(ours)) => {
            recorded.len() == ours.len() && recorded.iter().all(|item| ours.iter().any(|ours| same(item, ours)))
        }
        ("$timespan_us", Value::Number(recorded), Value::Number(ours)) => {
            recorded.as_f64().map(|micros| micros / 1e6) == ours.as_f64()
        }
        ("$datetime", recorded, ours) => recorded == ours,
        _ => false,
    }
}

/// Where two answers part, in few words.
pub(crate) fn difference(path: &str, recorded: &Value, ours: &Value) -> Option<String> {
    if same(recorded, ours) {
        return None;
    }
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            let gone = recorded.iter().find_map(|(key, value)| match ours.get(key) {
                Some(ours) => difference(&format!("{path}.{key}"), value, ours),
                None => Some(format!("{path}.{key} is missing, recorded {value}")),
            });
            gone.or_else(|| {
                let added = ours.iter().find(|(key, _)| !recorded.contains_key(*key));
                added.map(|(key, value)| format!("{path}.{key} is new: {value}"))
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (recorded, ours))| difference(&format!("{path}[{index}]"), recorded, ours)),
        _ => Some(format!("{path}: recorded {recorded}, ours {ours}")),
    }
}

/// Compares an answer that may be an error.
pub(crate) fn verdict(record: &Value, ours: &Value) -> Result<bool, String> {
    match (record.get("err"), ours.get("err")) {
        (None, None) => match difference("", &record["ok"], &ours["ok"]) {
            None => Ok(true),
            Some(difference) => Err(difference),
        },
        (None, Some(error)) => {
            Err(format!("recorded {}, ours fails: {}: {}", record["ok"], error["class"], error["message"]))
        }
        (Some(error), None) => Err(format!("recorded {}, ours {}", error["message"], ours["ok"])),
        (Some(recorded), Some(error)) => {
            let is_jinja = recorded["class"] == "JinjaEvaluationException";
            let is_of_syntax = recorded["message"].as_str().is_some_and(|text| text.contains(" TemplateSyntaxError: "));
            let is_free = is_jinja && !is_of_syntax;
            if recorded["class"] == error["class"] && (is_free || recorded["message"] == error["message"]) {
                return Ok(true);
            }
            Err(format!("recorded {recorded}, ours {error}"))
        }
    }
}
