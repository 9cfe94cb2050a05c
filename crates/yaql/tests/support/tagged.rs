//! Values that JSON does not have, as tagged objects: `$set`, `$datetime`, `$timespan_us`, `$map`, `$float`.

use serde_json::{Map, Value as Json, json};
use squall_yaql::{Value, python_repr};

/// A value of ours in the form of the recorder.
pub(crate) fn tag(value: &Value<'_>) -> Json {
    if let Some(items) = value.set_items() {
        return json!({ "$set": items.iter().map(tag).collect::<Vec<_>>() });
    }
    match value {
        Value::Datetime(datetime) => json!({ "$datetime": datetime.iso() }),
        Value::Timespan(span) => json!({ "$timespan_us": span.microseconds }),
        Value::Float(number) if !number.is_finite() => json!({ "$float": python_repr(value) }),
        Value::List(list) => Json::Array(list.iter().map(|item| tag(&item)).collect()),
        Value::Dict(dict) => {
            let entries: Vec<(Value<'_>, Json)> = dict.iter().map(|(key, item)| (key, tag(&item))).collect();
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
                    json!({ "$map": entries.iter().map(|(key, item)| json!([tag(key), item])).collect::<Vec<_>>() })
                }
            }
        }
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Float(_) | Value::String(_) => value.to_json(),
        other => Json::String(python_repr(other)),
    }
}

/// Input data: tags that have a plain JSON reading are read.
pub(crate) fn untag(json: &Json) -> Json {
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
pub(crate) fn with_dates(expression: &str, record: &Json) -> String {
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

/// Equality, with our sets equal to lists of the same items where the recorder converted sets to lists.
pub(crate) fn same(ours: &Json, wanted: &Json) -> bool {
    match (ours, wanted) {
        (Json::Object(map), Json::Array(wanted)) if map.contains_key("$set") => {
            let mut wanted = wanted.clone();
            wanted.sort_by_key(ToString::to_string);
            map["$set"].as_array() == Some(&wanted)
        }
        (Json::Array(ours), Json::Array(wanted)) => {
            ours.len() == wanted.len() && ours.iter().zip(wanted).all(|(ours, wanted)| same(ours, wanted))
        }
        (Json::Object(ours), Json::Object(wanted)) => {
            ours.len() == wanted.len()
                && ours.iter().all(|(name, item)| wanted.get(name).is_some_and(|wanted| same(item, wanted)))
        }
        _ => ours == wanted,
    }
}

/// Sets in one order; everything else as it is.
pub(crate) fn normalized(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut map: Map<String, Json> = map.iter().map(|(name, item)| (name.clone(), normalized(item))).collect();
            for tag in ["$set", "$map"] {
                if let Some(Json::Array(items)) = map.get_mut(tag) {
                    items.sort_by_key(ToString::to_string);
                }
            }
            Json::Object(map)
        }
        Json::Array(items) => Json::Array(items.iter().map(normalized).collect()),
        other => other.clone(),
    }
}
