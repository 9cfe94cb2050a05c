//! Keeps secrets out of the journal and the state: passwords, keys and tokens become `********`.

use serde_json::Value;

const MASK: &str = "********";
const SECRET_KEYS: &[&str] = &[
    "adminpass",
    "apikey",
    "api_key",
    "api-key",
    "password",
    "private_key",
    "secret",
    "st2-api-key",
    "st2-auth-token",
    "token",
    "x-api-key",
    "x-auth-token",
    "authorization",
];

/// Replaces the values of secret keys at any depth, and secrets in the queries of URLs.
pub(crate) fn mask(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(key, inner)| {
                    let masked = if is_secret(&key) { Value::String(MASK.to_owned()) } else { mask(inner) };
                    (key, masked)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(mask).collect()),
        Value::String(text) => Value::String(mask_url(&text)),
        other => other,
    }
}

/// Masks secret parameters of a query string.
pub(crate) fn mask_query(query: &str) -> String {
    let parts: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((key, _)) if is_secret(key) => format!("{key}={MASK}"),
            _ => pair.to_owned(),
        })
        .collect();
    parts.join("&")
}

/// Masks secret parameters in the query of a URL; other text stays as it is.
pub(crate) fn mask_url(text: &str) -> String {
    match text.split_once('?') {
        Some((base, query)) if base.starts_with("http") => format!("{base}?{}", mask_query(query)),
        _ => text.to_owned(),
    }
}

fn is_secret(key: &str) -> bool {
    SECRET_KEYS.contains(&key.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{mask, mask_query};

    #[test]
    fn secrets_are_masked_and_idempotency_tokens_are_not() {
        let body = json!({"auth": {"RAX-KSKEY:apiKeyCredentials": {"username": "u", "apiKey": "k"}},
            "metadata": {"asg_token": "t-1"}, "hook_url": "http://127.0.0.1:1/x?a=1&st2-api-key=k"});
        let expected = json!({"auth": {"RAX-KSKEY:apiKeyCredentials": {"username": "u", "apiKey": "********"}},
            "metadata": {"asg_token": "t-1"}, "hook_url": "http://127.0.0.1:1/x?a=1&st2-api-key=********"});
        assert_eq!(mask(body), expected);
        assert_eq!(mask_query("x=1&token=abc"), "x=1&token=********");
    }
}
