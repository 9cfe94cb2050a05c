//! The configuration file: YAML, every key known, every mistake with its line.

use std::path::Path;

use serde_json::Value;

use super::ConfigError;
use super::options::{self, ConfigOption, TABLE};

pub(super) struct Entry {
    pub(super) option: &'static ConfigOption,
    pub(super) value: Value,
    pub(super) place: String,
}

/// Reads the file into the options that it sets, in its order; a key that is none of ours is a mistake in its place.
pub(super) fn read(path: &Path) -> Result<Vec<Result<Entry, ConfigError>>, ConfigError> {
    let at = |place: String, message: String| ConfigError { place, message };
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| at(shown.to_string(), error.to_string()))?;
    let document = squall_yaml::parse_document(&text)
        .map_err(|error| at(format!("{shown}:{}:{}", error.line, error.column), error.message))?;
    let mut entries = Vec::new();
    let squall_yaml::Document { value, positions } = document;
    let mut waiting = vec![(Vec::new(), value)];
    while let Some((keys, value)) = waiting.pop() {
        let key = keys.join(".");
        let line = positions.key_at(&keys).map_or(1, |position| position.line);
        let place = format!("{shown}:{line}");
        match (options::find(&key), value) {
            (Some(option), value) => entries.push((line, Ok(Entry { option, value, place }))),
            (None, Value::Object(fields)) if is_section(&key) => {
                for (name, value) in fields {
                    let mut longer: Vec<String> = keys.clone();
                    longer.push(name);
                    waiting.push((longer, value));
                }
            }
            (None, Value::Null) if keys.is_empty() => {}
            (None, _) if keys.is_empty() => {
                return Err(at(place, "a configuration is a mapping of keys to values".to_owned()));
            }
            (None, _) => entries.push((line, Err(at(place, unknown(&key))))),
        }
    }
    entries.sort_by_key(|(line, _)| *line);
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

fn is_section(key: &str) -> bool {
    key.is_empty() || TABLE.iter().any(|option| option.key.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

fn unknown(key: &str) -> String {
    let nearest = TABLE.iter().map(|option| (squall_packs::edit_distance(key, option.key), option.key)).min();
    match nearest {
        Some((steps, near)) if steps <= 3.max(key.len() / 3) => format!("unknown key `{key}`; did you mean `{near}`?"),
        _ => format!("unknown key `{key}`"),
    }
}
