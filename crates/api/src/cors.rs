//! Cross-origin headers, on every answer. Counterpart: st2common/middleware/cors.py.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Origins that are always allowed: where the web client runs during development.
const LOCAL_ORIGINS: [&str; 3] = ["http://127.0.0.1:3000", "http://localhost:8080", "http://127.0.0.1:8080"];

const FIXED: [(HeaderName, HeaderValue); 4] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST,PUT,DELETE,OPTIONS")),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Content-Type,Authorization,X-Auth-Token,St2-Api-Key,X-Request-ID"),
    ),
    (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Content-Type,X-Limit,X-Total-Count,X-Request-ID"),
    ),
];

/// Which origins may read answers.
pub(crate) struct Origins {
    allowed: Vec<HeaderValue>,
}

impl Origins {
    pub(crate) fn new(configured: &[String], auth_url: &str) -> Self {
        let all = configured.iter().map(String::as_str).chain([auth_url]).chain(LOCAL_ORIGINS);
        Self { allowed: all.filter_map(|origin| HeaderValue::from_str(origin.trim_end_matches('/')).ok()).collect() }
    }

    /// Adds the headers. An origin is compared as a whole: a name that merely begins like an allowed one is another's.
    pub(crate) fn add_headers(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        if let Some(allowed) = self.answer(origin) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        }
        headers.extend(FIXED.map(|(name, value)| (Some(name), value)));
    }

    fn answer(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        // Browsers take no `*` for an answer to requests with cookies, as the web client's are.
        let is_known = |origin: &&HeaderValue| self.allowed.iter().any(|allowed| allowed == "*" || allowed == *origin);
        origin.filter(is_known).or_else(|| self.allowed.first()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_origins_match() {
        let origins = Origins::new(&["https://ui.example.com".to_owned()], "http://127.0.0.1:9100/");
        let answer = |origin: &'static str| origins.answer(Some(&HeaderValue::from_static(origin))).unwrap();
        assert_eq!(answer("http://localhost:8080"), "http://localhost:8080");
        assert_eq!(answer("https://ui.example.com.evil.test"), "https://ui.example.com");
        assert_eq!(answer("null"), "https://ui.example.com");
        assert_eq!(origins.answer(None).unwrap(), "https://ui.example.com");
    }

    /// With `allow_origins = ["*"]` a browser showed the web client nothing.
    #[test]
    fn an_origin_is_named_where_any_is_allowed() {
        let origins = Origins::new(&["*".to_owned()], "http://127.0.0.1:9100/");
        let origin = HeaderValue::from_static("http://ui.example.com");
        assert_eq!(origins.answer(Some(&origin)), Some(origin));
        assert_eq!(origins.answer(None).unwrap(), "*");
    }
}
