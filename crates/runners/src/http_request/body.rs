//! What a call sends.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use squall_model::Map;

use super::CallError;
use super::call::announces_json;
use crate::parameters::text;

pub(super) type Body = Vec<u8>;

/// Reads the body, or the file to upload, from the action's parameters.
pub(super) fn read_body(parameters: &Map, headers: &mut HeaderMap, boundary: &str) -> Result<Option<Body>, CallError> {
    let file = (text(parameters, "file_name"), text(parameters, "file_content"));
    if let (Some(name), Some(content)) = file
        && !name.is_empty()
        && !content.is_empty()
    {
        return upload(name, content, text(parameters, "file_content_type"), headers, boundary).map(Some);
    }
    match parameters.get("body") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(body)) if body.is_empty() => Ok(None),
        Some(Value::String(body)) if announces_json(headers) => normalised_json(body).map(Some),
        Some(Value::String(body)) => Ok(Some(body.clone().into_bytes())),
        Some(other) => Ok(Some(other.to_string().into_bytes())),
    }
}

/// A body that is announced as JSON is read, so that what is not JSON never leaves, and sent in its shortest form.
fn normalised_json(body: &str) -> Result<Body, CallError> {
    let invalid = |error| CallError::Invalid(format!("Request body ({body}) can't be parsed as JSON: {error}"));
    let value: Value = serde_json::from_str(body).map_err(invalid)?;
    Ok(value.to_string().into_bytes())
}

fn upload(
    name: &str,
    content: &str,
    content_type: Option<&str>,
    headers: &mut HeaderMap,
    boundary: &str,
) -> Result<Body, CallError> {
    let boundary = format!("----squall-{boundary}");
    let announced = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"))
        .map_err(|_| CallError::Invalid("Invalid boundary".to_owned()))?;
    headers.insert(CONTENT_TYPE, announced);
    let name = name.replace(['\r', '\n'], " ").replace('"', "%22");
    let content_type = content_type
        .map(|content_type| format!("Content-Type: {}\r\n", content_type.replace(['\r', '\n'], " ")))
        .unwrap_or_default();
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; \
         filename=\"{name}\"\r\n{content_type}\r\n{content}\r\n--{boundary}--\r\n"
    );
    Ok(body.into_bytes())
}
