//! When a recorded answer and ours are the same.

use serde_json::{Map, Value as Json};

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
