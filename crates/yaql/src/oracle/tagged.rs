//! Values that JSON does not have, as tagged objects: `$set`, `$datetime`, `$timespan_us`, `$map`, `$float`.

use serde_json::{Map, Value as Json, json};

use crate::{Value, python_repr};

/// A value of ours in the form of the recorder.
pub fn tag(value: &Value<'_>) -> Json {
    tagged(value, &|items| json!({ "$set": items }))
}

/// The same where the asker wants sets to be lists.
pub(super) fn with_sets_as_lists(value: &Value<'_>) -> Json {
    tagged(value, &Json::Array)
}

fn tagged(value: &Value<'_>, set: &dyn Fn(Vec<Json>) -> Json) -> Json {
    if let Some(items) = value.set_items() {
        return set(items.iter().map(|item| tagged(item, set)).collect());
    }
    match value {
        Value::Datetime(datetime) => json!({ "$datetime": datetime.iso() }),
        Value::Timespan(span) => json!({ "$timespan_us": span.microseconds }),
        Value::Float(number) if !number.is_finite() => json!({ "$float": python_repr(value) }),
        Value::List(list) => Json::Array(list.iter().map(|item| tagged(&item, set)).collect()),
        Value::Dict(dict) => {
            let entries: Vec<(Value<'_>, Json)> = dict.iter().map(|(key, item)| (key, tagged(&item, set))).collect();
            let names: Option<Map<String, Json>> = entries
                .iter()
                .map(|(key, item)| match key {
                    Value::String(name) => Some((name.to_string(), item.clone())),
                    _ => None,
                })
                .collect();
            match names {
                Some(map) => Json::Object(map),
                None => {
                    let pairs = entries.iter().map(|(key, item)| json!([tagged(key, set), item]));
                    json!({ "$map": pairs.collect::<Vec<_>>() })
                }
            }
        }
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Float(_) | Value::String(_) => value.to_json(),
        other => Json::String(python_repr(other)),
    }
}

/// Input data: tags that have a plain JSON reading are read.
pub(super) fn untag(json: &Json) -> Json {
    match json {
        Json::Object(map) => match map.get("$set") {
            Some(items) => untag(items),
            None => Json::Object(map.iter().map(|(name, item)| (name.clone(), untag(item))).collect()),
        },
        Json::Array(items) => Json::Array(items.iter().map(untag).collect()),
        other => other.clone(),
    }
}

/// Scopes carry JSON only: dates and time spans come into the expression as `let(…) -> (…)`.
pub(super) fn with_dates(expression: &str, record: &Json) -> String {
    let made = |value: &Json| {
        let date = value["$datetime"].as_str().map(|iso| format!("datetime('{iso}')"));
        date.or_else(|| value["$timespan_us"].as_i64().map(|span| format!("timespan(microseconds => {span})")))
    };
    let mut arguments: Vec<String> = made(&record["data"]).into_iter().collect();
    for (name, value) in record["vars"].as_object().into_iter().flatten() {
        arguments.extend(made(value).map(|value| format!("{} => {value}", name.trim_start_matches('$'))));
    }
    if arguments.is_empty() {
        expression.to_owned()
    } else {
        format!("let({}) -> ({expression})", arguments.join(", "))
    }
}
