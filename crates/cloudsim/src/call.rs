//! One HTTP request, taken apart once.

use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::reply::Refusal;

/// A request as the services see it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    pub(crate) fn new(parts: Parts, body: Bytes) -> Self {
        let path = parts.uri.path().to_owned();
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        Self {
            method: parts.method.as_str().to_owned(),
            segments: path.split('/').filter(|segment| !segment.is_empty()).map(percent_decode).collect(),
            query: decode_form(raw_query.as_bytes()),
            path,
            raw_query,
            headers: parts.headers,
            body,
        }
    }

    /// The decoded parts of the path.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.queries(name).next()
    }

    /// Every value of a repeated query parameter.
    pub(crate) fn queries(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn query_pairs(&self) -> &[(String, String)] {
        &self.query
    }

    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.query(name)?.parse().ok()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Refusal::bad_request("The request body has to be a JSON object.")),
            Err(error) => Err(Refusal::bad_request(format!("Malformed request body: {error}"))),
        }
    }

    /// The JSON object under `key` of the body, which is how OpenStack wraps what it is sent.
    pub(crate) fn wrapped(&self, key: &str) -> Result<Map<String, Value>, Refusal> {
        match self.object()?.remove(key) {
            Some(Value::Object(inner)) => Ok(inner),
            _ => Err(Refusal::bad_request(format!("The request body has to be an object with an object '{key}'."))),
        }
    }

    /// The body read into a type; what does not fit is a 400.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.body).map_err(|error| Refusal::bad_request(error.to_string()))
    }

    /// The fields of a form body.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        decode_form(&self.body)
    }

    /// Whether the body is a form, or says nothing about what it is and is not JSON.
    pub(crate) fn is_form(&self) -> bool {
        match self.header("content-type") {
            Some(kind) if kind.contains("json") => false,
            Some(kind) if kind.contains("x-www-form-urlencoded") => !self.looks_like_json(),
            _ => !self.looks_like_json(),
        }
    }

    /// The body for the journal: JSON, else the fields of a form, else text.
    pub(crate) fn body_value(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        if let Ok(value) = serde_json::from_slice(&self.body) {
            return value;
        }
        if self.header("content-type").is_some_and(|kind| kind.contains("x-www-form-urlencoded")) {
            return Value::Object(self.form().into_iter().map(|(key, text)| (key, text_or_json(text))).collect());
        }
        Value::String(String::from_utf8_lossy(&self.body).into_owned())
    }

    fn looks_like_json(&self) -> bool {
        matches!(self.body.trim_ascii_start().first(), Some(b'{' | b'['))
    }
}

fn text_or_json(text: String) -> Value {
    if text.starts_with('{') { serde_json::from_str(&text).unwrap_or(Value::String(text)) } else { Value::String(text) }
}

fn decode_form(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

/// Decodes `%41` in a path, where `+` is itself.
fn percent_decode(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    let literal_plus = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    decode_form(literal_plus.as_bytes()).into_iter().next().map(|(key, _)| key).unwrap_or_default()
}
