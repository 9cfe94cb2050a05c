//! Sends one request and reads one answer; knows headers and URLs and nothing about resources.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::Value;

use super::error::root_cause;
use super::{ApiError, Credentials, Endpoints, Trusted};

/// Which of the three services a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Api,
    Auth,
    Stream,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    None,
    Json(Value),
    Text(String),
}

/// A request before it has a server.
#[derive(Debug, Clone)]
pub(super) struct Request<'a> {
    pub(super) service: Service,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: &'a [(String, String)],
    pub(super) body: Body,
    /// User and password instead of the usual credentials.
    pub(super) login: Option<(&'a str, &'a str)>,
}

impl<'a> Request<'a> {
    pub(super) fn get(path: impl Into<String>, query: &'a [(String, String)]) -> Self {
        Self { service: Service::Api, method: Method::GET, path: path.into(), query, body: Body::None, login: None }
    }

    pub(super) fn send(method: Method, path: impl Into<String>, body: Body) -> Self {
        Self { service: Service::Api, method, path: path.into(), query: &[], body, login: None }
    }
}

/// A complete answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) total_count: Option<u64>,
    pub(super) body: Vec<u8>,
    pub(super) url: String,
}

impl Answer {
    /// The body as JSON; an empty body is null.
    pub(super) fn json(&self) -> Result<Value, ApiError> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).map_err(|error| ApiError::Transport {
            url: self.url.clone(),
            message: format!("the answer is no JSON: {error}"),
        })
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The answer, or the error that it is.
    pub(super) fn accepted(self) -> Result<Self, ApiError> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(self.into_error()) }
    }

    pub(super) fn into_error(self) -> ApiError {
        let fault = serde_json::from_slice::<Value>(&self.body)
            .ok()
            .and_then(|body| body.get("faultstring")?.as_str().map(str::to_owned))
            .unwrap_or_default();
        let reason = reqwest::StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default()
            .to_owned();
        ApiError::Answer { status: self.status, reason, fault, url: self.url }
    }
}

type Observer = Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    endpoints: Endpoints,
    credentials: Credentials,
    observer: Option<Observer>,
    /// Where in a trace this program runs, as whoever started it said.
    traceparent: Option<String>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Transport").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

impl Transport {
    pub(super) fn new(endpoints: Endpoints, credentials: Credentials, trusted: Trusted) -> Result<Self, ApiError> {
        install_tls_provider();
        let http = trust(reqwest::Client::builder(), trusted)
            .and_then(reqwest::ClientBuilder::build)
            .map_err(|error| ApiError::InvalidUrl { url: endpoints.api.clone(), message: root_cause(&error) })?;
        Ok(Self { http, endpoints, credentials, observer: None, traceparent: None })
    }

    pub(super) fn with_credentials(&self, credentials: Credentials) -> Self {
        Self { credentials, ..self.clone() }
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(super) fn observe(&mut self, observer: Observer) {
        self.observer = Some(observer);
    }

    pub(super) fn belong_to(&mut self, traceparent: String) {
        self.traceparent = Some(traceparent);
    }

    /// Sends the request and reads the whole answer, whatever its status.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Answer, ApiError> {
        self.report(&request);
        let response = self.open(request).await?;
        let url = response.url().to_string();
        let status = response.status().as_u16();
        let total_count = response
            .headers()
            .get("x-total-count")
            .and_then(|count| count.to_str().ok())
            .and_then(|count| count.parse().ok());
        let body = response.bytes().await.map_err(|error| transport_error(&url, &error))?.to_vec();
        if let Some(observer) = &self.observer {
            observer(&format!("# response {status}\n{}\n", String::from_utf8_lossy(&body)));
        }
        Ok(Answer { status, total_count, body, url })
    }

    /// Sends the request and hands over the response while its body is still on the way.
    pub(super) async fn open(&self, request: Request<'_>) -> Result<reqwest::Response, ApiError> {
        let url = self.url(&request);
        let parsed = reqwest::Url::parse(&url)
            .map_err(|error| ApiError::InvalidUrl { url: url.clone(), message: error.to_string() })?;
        let mut builder = self.http.request(request.method, parsed);
        for (name, value) in self.headers(request.login) {
            builder = builder.header(name, value);
        }
        builder = match request.body {
            Body::None => builder,
            Body::Json(value) => builder.header("content-type", "application/json").body(value.to_string()),
            Body::Text(text) => builder.header("content-type", "text/plain").body(text),
        };
        builder.send().await.map_err(|error| transport_error(&url, &error))
    }

    fn headers(&self, login: Option<(&str, &str)>) -> Vec<(&'static str, String)> {
        let credentials = &self.credentials;
        let mut headers = Vec::new();
        if login.is_none() {
            headers.extend(credentials.token.iter().map(|token| ("X-Auth-Token", token.clone())));
            headers.extend(credentials.api_key.iter().map(|key| ("St2-Api-Key", key.clone())));
        }
        let proxy = credentials.basic_auth.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
        if let Some((user, password)) = login.or(proxy) {
            headers.push(("Authorization", format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))));
        }
        headers.extend(self.traceparent.iter().map(|place| ("traceparent", place.clone())));
        headers
    }

    fn url(&self, request: &Request<'_>) -> String {
        let root = match request.service {
            Service::Api => &self.endpoints.api,
            Service::Auth => &self.endpoints.auth,
            Service::Stream => &self.endpoints.stream,
        };
        let query: Vec<String> =
            request.query.iter().map(|(name, value)| format!("{}={}", quote(name), quote(value))).collect();
        let separator = if query.is_empty() { "" } else { "?" };
        format!("{}{}{separator}{}", root.trim_end_matches('/'), request.path, query.join("&"))
    }

    fn report(&self, request: &Request<'_>) {
        let Some(observer) = &self.observer else { return };
        let body = match &request.body {
            Body::None => String::new(),
            Body::Json(value) => format!(" --data-binary '{value}'"),
            Body::Text(text) => format!(" --data-binary '{text}'"),
        };
        observer(&format!("# request\ncurl -X {}{body} '{}'", request.method, self.url(request)));
    }
}

/// Names the cryptography that TLS uses: reqwest asks for it as soon as anything in the program switches TLS on.
fn install_tls_provider() {
    // An error only says that a provider is there already.
    drop(rustls::crypto::ring::default_provider().install_default());
}

#[cfg(feature = "tls")]
fn trust(builder: reqwest::ClientBuilder, trusted: Trusted) -> reqwest::Result<reqwest::ClientBuilder> {
    Ok(match trusted {
        Trusted::Anything => builder.tls_danger_accept_invalid_certs(true),
        Trusted::System => builder,
        Trusted::Certificates(pem) => builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(&pem)?),
    })
}

/// Without TLS there is nobody to trust: an `https` URL is refused when it is asked for.
#[cfg(not(feature = "tls"))]
fn trust(builder: reqwest::ClientBuilder, _trusted: Trusted) -> reqwest::Result<reqwest::ClientBuilder> {
    Ok(builder)
}

fn transport_error(url: &str, error: &reqwest::Error) -> ApiError {
    let message = root_cause(error);
    if error.is_connect() {
        ApiError::Unreachable { url: url.to_owned(), message }
    } else {
        ApiError::Transport { url: url.to_owned(), message }
    }
}

/// Percent-encodes a part of a query; a blank becomes `+`.
fn quote(text: &str) -> String {
    encode(text, |byte| byte == b' ')
}

/// Percent-encodes a segment of a path.
pub(super) fn path_segment(text: &str) -> String {
    encode(text, |_| false)
}

fn encode(text: &str, is_plus: fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => encoded.push(char::from(byte)),
            byte if is_plus(byte) => encoded.push('+'),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_queries_and_paths() {
        assert_eq!(quote("a b,c/d"), "a+b%2Cc%2Fd");
        assert_eq!(path_segment("core.echo x/é"), "core.echo%20x%2F%C3%A9");
    }

    #[test]
    fn hides_credentials_from_debug_output() {
        let credentials = Credentials { token: Some("canary".to_owned()), ..Credentials::default() };
        assert!(!format!("{credentials:?}").contains("canary"));
    }
}
