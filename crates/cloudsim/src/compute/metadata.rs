//! Metadata of a server: at most 40 texts.

use serde_json::{Map, Value, json};

use super::server::Server;
use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::Answer;

/// How many items a server may have.
pub(crate) const MAXIMUM: usize = 40;

/// Metadata as sent, if it is an object of texts and small enough.
pub(crate) fn checked(value: Option<&Value>) -> Result<Map<String, Value>, Refusal> {
    let metadata = match value {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err(Refusal::bad_request("Malformed request body: metadata has to be an object")),
    };
    if metadata.values().any(|value| !value.is_string()) {
        return Err(Refusal::bad_request("Invalid metadata: values have to be strings"));
    }
    check_count(metadata)?;
    Ok(metadata.clone())
}

/// Answers `/servers/{id}/metadata[/{key}]`.
pub(crate) fn answer(server: &mut Server, call: &Call, path: &[&str], now: Moment) -> Answer {
    match (call.method.as_str(), path) {
        ("GET", []) => {}
        ("PUT", []) => server.metadata = sent(call)?,
        ("POST", []) => merge(server, sent(call)?)?,
        ("GET", [key]) => return item(server, key),
        ("PUT", [key]) => return put_item(server, call, key, now),
        ("DELETE", [key]) => {
            item(server, key)?;
            server.metadata.shift_remove(*key);
            server.touch(now);
            return Ok(Reply::empty(204));
        }
        _ => return Err(Refusal::no_such_route()),
    }
    if call.method != "GET" {
        server.touch(now);
    }
    Ok(Reply::ok(json!({"metadata": server.metadata})))
}

fn sent(call: &Call) -> Result<Map<String, Value>, Refusal> {
    checked(Some(&Value::Object(call.wrapped("metadata")?)))
}

fn merge(server: &mut Server, more: Map<String, Value>) -> Result<(), Refusal> {
    let mut merged = server.metadata.clone();
    merged.extend(more);
    check_count(&merged)?;
    server.metadata = merged;
    Ok(())
}

fn item(server: &Server, key: &str) -> Answer {
    let value = server.metadata.get(key).ok_or_else(|| Refusal::new(404, "Metadata item was not found"))?;
    Ok(Reply::ok(json!({"meta": {key: value}})))
}

fn put_item(server: &mut Server, call: &Call, key: &str, now: Moment) -> Answer {
    let meta = checked(Some(&Value::Object(call.wrapped("meta")?)))?;
    if meta.len() != 1 || !meta.contains_key(key) {
        return Err(Refusal::bad_request("Request body and URI mismatch"));
    }
    merge(server, meta)?;
    server.touch(now);
    item(server, key)
}

fn check_count(metadata: &Map<String, Value>) -> Result<(), Refusal> {
    if metadata.len() <= MAXIMUM {
        return Ok(());
    }
    Err(Refusal { retry_after: Some(0), ..Refusal::new(413, "Quota exceeded: too many metadata items") })
}
