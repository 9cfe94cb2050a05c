//! The `uid` of a trigger, which clients compare: it ends in the MD5 of the parameters as Python's `json.dumps` writes them.

use std::collections::BTreeMap;
use std::io;

use md5::{Digest, Md5};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use squall_model::Map;

use crate::auth::hex;

pub(super) fn trigger_uid(pack: &str, name: &str, parameters: &Map) -> String {
    let mut text = Vec::new();
    let sorted = Sorted::of(&Value::Object(parameters.clone()));
    // Writing values to memory can't fail.
    let _written = sorted.serialize(&mut Serializer::with_formatter(&mut text, Python));
    format!("trigger:{pack}:{name}:{}", hex(&Md5::digest(&text)))
}

#[derive(Serialize)]
#[serde(untagged)]
enum Sorted {
    Object(BTreeMap<String, Sorted>),
    List(Vec<Sorted>),
    Plain(Value),
}

impl Sorted {
    fn of(value: &Value) -> Self {
        match value {
            Value::Object(fields) => {
                Self::Object(fields.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect())
            }
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            other => Self::Plain(other.clone()),
        }
    }
}

/// Python puts a blank after each comma and colon.
struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hashes_what_python_writes() {
        let Value::Object(parameters) = json!({"url": "sample"}) else { unreachable!() };
        assert_eq!(trigger_uid("core", "n", &parameters), "trigger:core:n:e28a4c1e331b040397255d188bf7ad86");
        assert_eq!(trigger_uid("core", "n", &Map::new()), "trigger:core:n:99914b932bd37a50b983c5e7c90ae93b");
    }
}
