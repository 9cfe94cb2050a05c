//! What came back.

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};
use squall_model::{Map, Status};

use crate::outcome::Outcome;

/// More of a body than this is not kept: it would be stored with the execution.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// An answer, whatever its status.
pub(super) struct Answer {
    status_code: u16,
    headers: Map,
    body: Value,
    parsed: bool,
}

impl Answer {
    pub(super) async fn read(mut response: Response) -> reqwest::Result<Self> {
        let status_code = response.status().as_u16();
        let headers = shown_headers(response.headers());
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let is_json = content_type.split(';').next() == Some("application/json");
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            let room = BODY_LIMIT - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if bytes.len() == BODY_LIMIT {
                break;
            }
        }
        let text = decode(bytes);
        let (body, parsed) = match is_json.then(|| serde_json::from_str(&text)) {
            Some(Ok(value)) => (value, true),
            _ => (Value::String(text), false),
        };
        Ok(Self { status_code, headers, body, parsed })
    }

    pub(super) fn into_outcome(self) -> Outcome {
        let status = if (200..=206).contains(&self.status_code) { Status::Succeeded } else { Status::Failed };
        let result = json!({
            "status_code": self.status_code,
            "body": self.body,
            "parsed": self.parsed,
            "headers": self.headers,
        });
        Outcome::new(status, result)
    }
}

/// UTF-8, or else Latin-1, which every sequence of bytes is.
fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect())
}

/// The names come in lower case from the HTTP library; packs read them as servers usually write them.
fn shown_headers(headers: &HeaderMap) -> Map {
    let mut shown = Map::new();
    for name in headers.keys() {
        let values: Vec<String> = headers.get_all(name).iter().map(|value| decode(value.as_bytes().to_vec())).collect();
        shown.insert(usual_spelling(name.as_str()), Value::String(values.join(", ")));
    }
    shown
}

fn usual_spelling(name: &str) -> String {
    match name {
        "etag" => return "ETag".to_owned(),
        "www-authenticate" => return "WWW-Authenticate".to_owned(),
        _ => {}
    }
    let mut spelling = String::with_capacity(name.len());
    let mut starts_word = true;
    for character in name.chars() {
        spelling.push(if starts_word { character.to_ascii_uppercase() } else { character });
        starts_word = character == '-';
    }
    spelling
}
