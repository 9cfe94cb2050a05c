//! A simulator, a client with a token, and tables of requests with what their answers have to contain.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Cloudsim, Handle, ManualClock, Moment, Options, Timings};

/// 2026-01-01T00:00:00Z.
const START: Moment = Moment::from_millis(1_767_225_600_000);

pub(super) struct Lab {
    pub(super) handle: Handle,
    clock: Arc<ManualClock>,
    client: reqwest::Client,
    token: String,
}

/// Method, path, body (null: none), expected status, expected subset of the answer.
pub(super) type Case<'a> = (&'a str, &'a str, Value, u16, Value);

impl Lab {
    pub(super) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(super) async fn start_with(options: Options) -> Self {
        let timings = Timings { alert_retry: Duration::from_millis(1), ..Timings::default() };
        let clock = Arc::new(ManualClock::new(START));
        let shared: Arc<dyn crate::Clock> = Arc::<ManualClock>::clone(&clock);
        let handle = Cloudsim::start_with_clock(Options { timings, ..options }, shared).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut lab = Self { handle, clock, client, token: String::new() };
        lab.log_in().await;
        lab
    }

    pub(super) async fn log_in(&mut self) {
        let auth = json!({"auth": {"RAX-KSKEY:apiKeyCredentials": {"username": "robot", "apiKey": "hush"}}});
        let (status, access) = self.send("POST", "/identity/v2.0/tokens", &auth).await;
        assert_eq!(status, 200, "{access}");
        self.token = access["access"]["token"]["id"].as_str().unwrap().to_owned();
    }

    pub(super) fn advance(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    pub(super) fn forget_token(&mut self) {
        self.token.clear();
    }

    pub(super) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        self.client.request(method, format!("{}{path}", self.handle.base_url())).header("x-auth-token", &self.token)
    }

    /// Sends JSON with the headers that any of the services wants.
    pub(super) async fn try_send(&self, method: &str, path: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
        let mut request = self.request(method, path).header("x-api-key", "k").header("authorization", "Bearer x");
        for name in ["sign", "userid", "timestamp", "content-hash", "authorization-1"] {
            request = request.header(format!("x-ops-{name}"), "x");
        }
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request.send().await
    }

    pub(super) async fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let response = self.try_send(method, path, body).await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Runs a table of requests in order; `$name` in a path stands for a value given.
    pub(super) async fn run(&self, names: &[(&str, &str)], cases: &[Case<'_>]) {
        for (method, path, body, status, expected) in cases {
            let path = names.iter().fold((*path).to_owned(), |path, (name, value)| path.replace(name, value));
            let (actual, answer) = self.send(method, &path, body).await;
            assert_eq!(actual, *status, "{method} {path}: {answer}");
            assert_contains(&answer, expected, &format!("{method} {path}"));
        }
    }
}

/// Whether `actual` has everything that `expected` has; lists have to be as long.
pub(super) fn assert_contains(actual: &Value, expected: &Value, at: &str) {
    match (actual, expected) {
        (_, Value::Null) => {}
        (Value::Object(actual), Value::Object(expected)) => {
            for (key, value) in expected {
                let found = actual.get(key);
                assert!(found.is_some(), "{at}: no {key} in {actual:?}");
                assert_contains(found.unwrap(), value, &format!("{at}.{key}"));
            }
        }
        (Value::Array(actual), Value::Array(expected)) => {
            assert_eq!(actual.len(), expected.len(), "{at}: {actual:?}");
            for (index, value) in expected.iter().enumerate() {
                assert_contains(&actual[index], value, &format!("{at}[{index}]"));
            }
        }
        _ => assert_eq!(actual, expected, "{at}"),
    }
}
