//! How an attribute's value is prepared before it is shown (`attribute_transform_functions` of the original).

use serde_json::{Map, Value};

use super::{OutputSettings, date};

/// Parameters whose values are never shown.
const MASKED_PARAMETERS: [&str; 2] = ["password", "private_key"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transform {
    /// A time for people.
    Date,
    /// A status in its colour.
    Status,
    /// Parameters without secrets.
    Parameters,
}

/// Which attributes are transformed, and how.
pub(crate) type Transforms = &'static [(&'static str, Transform)];

pub(crate) const NONE: Transforms = &[];

pub(crate) const EXECUTION: Transforms = &[
    ("start_timestamp", Transform::Date),
    ("end_timestamp", Transform::Date),
    ("parameters", Transform::Parameters),
    ("status", Transform::Status),
];

/// The value of `attribute` as it is shown.
pub(crate) fn apply(transforms: Transforms, attribute: &str, value: Value, settings: &OutputSettings) -> Value {
    let transform = transforms.iter().find(|(name, _)| *name == attribute).map(|(_, transform)| *transform);
    match (transform, value) {
        (Some(Transform::Date), Value::Null) => Value::String(String::new()),
        (Some(Transform::Date), Value::String(text)) => Value::String(date::format(&text, &settings.timezone)),
        (Some(Transform::Status), Value::String(text)) => Value::String(settings.palette.status(&text)),
        (Some(Transform::Parameters), Value::Object(map)) => Value::Object(mask(map)),
        (_, value) => value,
    }
}

fn mask(mut parameters: Map<String, Value>) -> Map<String, Value> {
    for name in MASKED_PARAMETERS {
        if let Some(value) = parameters.get_mut(name) {
            *value = Value::String("********".to_owned());
        }
    }
    parameters
}
