//! Request bodies: content types, JSON, forms. Counterpart: st2common/router.py, `_parse_body`.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::errors::ApiError;

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|text| text.parse::<u64>().ok()).is_some_and(|length| length > limit as u64) {
        return Err(ApiError::TooLarge(limit));
    }
    // The only other failure is a client that went away, whom no answer reaches.
    axum::body::to_bytes(body, limit).await.map_err(|_| ApiError::TooLarge(limit))
}

/// Parses a body as its content type says. Without one it is JSON; an empty JSON body is `{}`.
pub(crate) fn parse(headers: &HeaderMap, body: &Bytes) -> Result<Value, ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = content_type.and_then(|text| text.split(';').next()).map_or("application/json", str::trim);
    match kind.to_ascii_lowercase().as_str() {
        "application/json" | "" => json(body),
        "text/plain" => Ok(Value::String(String::from_utf8_lossy(body).into_owned())),
        "application/x-www-form-urlencoded" | "multipart/form-data" => Ok(form(body)),
        _ => Err(unparsable(format!("Unsupported Content-Type: \"{}\"", content_type.unwrap_or_default()))),
    }
}

/// `serde_json` refuses what is nested deeper than 128 levels, so no body can exhaust the stack.
fn json(body: &Bytes) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| unparsable(place_of(&error, body)))
}

/// Returns what is wrong with the JSON and where, in the words of the parser that StackStorm uses.
fn place_of(error: &serde_json::Error, body: &[u8]) -> String {
    let text = error.to_string();
    if text.starts_with("recursion limit") {
        return text;
    }
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    let (reason, line, column) = if error.is_eof() {
        ("unexpected end of data", lines.len(), lines.last().map_or(0, |line| line.len()) + 1)
    } else if text.starts_with("trailing characters") {
        ("unexpected content after document", error.line(), error.column())
    } else {
        ("unexpected character", error.line(), error.column())
    };
    let before: usize = lines.iter().take(line.saturating_sub(1)).map(|line| line.len() + 1).sum();
    format!("{reason}: line {line} column {column} (char {})", before + column.saturating_sub(1))
}

/// Returns a form as an object of lists.
fn form(body: &Bytes) -> Value {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        let entry = fields.entry(name.into_owned()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = entry {
            values.push(Value::String(value.into_owned()));
        }
    }
    Value::Object(fields)
}

fn unparsable(reason: String) -> ApiError {
    ApiError::Invalid(format!("Failed to parse request body: {reason}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(content_type: Option<&str>, body: &str) -> Result<Value, String> {
        let mut headers = HeaderMap::new();
        if let Some(text) = content_type {
            headers.insert(header::CONTENT_TYPE, text.parse().unwrap());
        }
        parse(&headers, &Bytes::from(body.to_owned())).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_the_content_type_says() {
        assert_eq!(parsed(None, "[1]").unwrap(), json!([1]));
        assert_eq!(parsed(Some("application/json; charset=utf-8"), "").unwrap(), json!({}));
        assert_eq!(parsed(Some("text/plain"), "x").unwrap(), json!("x"));
        assert_eq!(
            parsed(Some("application/x-www-form-urlencoded"), "a=1&a=2&b=c+d").unwrap(),
            json!({"a": ["1", "2"], "b": ["c d"]})
        );
    }

    #[test]
    fn refuses_other_types_broken_json_and_towers_of_brackets() {
        let refused = parsed(Some("application/vnd.api+json"), "{}").unwrap_err();
        assert_eq!(refused, "Failed to parse request body: Unsupported Content-Type: \"application/vnd.api+json\"");
        for (body, reason) in [
            ("{bad", "unexpected character: line 1 column 2 (char 1)"),
            ("str", "unexpected character: line 1 column 1 (char 0)"),
            ("{", "unexpected end of data: line 1 column 2 (char 1)"),
            ("{\n\"a\": 1,\n  x}", "unexpected character: line 3 column 3 (char 12)"),
            ("{} {}", "unexpected content after document: line 1 column 4 (char 3)"),
        ] {
            assert_eq!(parsed(None, body).unwrap_err(), format!("Failed to parse request body: {reason}"), "{body}");
        }
        assert!(parsed(None, &"[".repeat(100_000)).unwrap_err().contains("recursion limit"));
    }
}
