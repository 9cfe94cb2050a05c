//! JSON in and out.

use serde_json::{Map, Value as Json};

use super::{Dict, Internal, Kind, List, Text, Value, python_str};

impl<'v> Value<'v> {
    /// Looks at JSON without copying it. Lists read as Python tuples, as all input of YAQL does.
    pub fn from_json(json: &'v Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(boolean) => Self::Boolean(*boolean),
            Json::Number(number) => from_number(number),
            Json::String(text) => Self::String(Text::Borrowed(text)),
            Json::Array(items) => Self::List(List::borrowed(items)),
            Json::Object(map) => Self::Dict(Dict::borrowed(map)),
        }
    }

    /// Borrowed data as it reads in results.
    pub(super) fn finished_if(self, finished: bool) -> Self {
        match self {
            Self::List(list) if finished => Self::List(list.finished().map_or(list, |(_, finished)| finished)),
            Self::Dict(dict) if finished => Self::Dict(dict.finished().map_or(dict, |(_, finished)| finished)),
            other => other,
        }
    }

    /// Takes JSON over, for functions that make new values. Lists read as Python lists, as results of functions do.
    pub fn from_owned_json(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(boolean) => Self::Boolean(boolean),
            Json::Number(number) => from_number(&number),
            Json::String(text) => Self::String(text.into()),
            Json::Array(items) => Self::List(List::mutable(items.into_iter().map(Self::from_owned_json).collect())),
            Json::Object(map) => Self::Dict(Dict::from_entries(
                map.into_iter().map(|(name, item)| (name.into(), Self::from_owned_json(item))),
            )),
        }
    }

    /// The JSON of a value: sets and tuples are arrays, dates ISO texts, time spans seconds, keys texts.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Boolean(boolean) => Json::Bool(*boolean),
            Self::Integer(number) => from_integer(*number),
            Self::Float(number) => Json::from(*number),
            Self::String(text) => Json::String(text.to_string()),
            Self::List(list) => Json::Array(list.iter().map(|item| item.to_json()).collect()),
            Self::Dict(dict) => {
                Json::Object(dict.iter().map(|(key, item)| (key.to_key(), item.to_json())).collect::<Map<_, _>>())
            }
            Self::Datetime(datetime) => Json::String(datetime.iso()),
            Self::Timespan(span) => Json::from(span.microseconds as f64 / 1e6),
            Self::Internal(Internal(Kind::Set(items))) => {
                Json::Array(items.iter().map(|key| key.value.to_json()).collect())
            }
            Self::Internal(Internal(Kind::View(view))) => Json::Array(view.all().iter().map(Self::to_json).collect()),
            Self::Internal(_) => Json::String(python_str(self)),
        }
    }

    /// A dictionary key as JSON text: what Python's json module makes of it.
    fn to_key(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Boolean(boolean) => boolean.to_string(),
            _ => python_str(self),
        }
    }
}

fn from_number<'v>(number: &serde_json::Number) -> Value<'v> {
    if let Some(integer) = number.as_i64() {
        Value::Integer(i128::from(integer))
    } else if let Some(integer) = number.as_u64() {
        Value::Integer(i128::from(integer))
    } else {
        Value::Float(number.as_f64().unwrap_or(f64::NAN))
    }
}

/// JSON here has no integers beyond 64 bits; larger ones lose their last digits.
fn from_integer(number: i128) -> Json {
    if let Ok(small) = i64::try_from(number) {
        Json::from(small)
    } else if let Ok(large) = u64::try_from(number) {
        Json::from(large)
    } else {
        Json::from(number as f64)
    }
}
