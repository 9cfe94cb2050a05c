//! The parameters of one call, read and checked before anything is sent.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::Value;
use squall_model::Map;

use super::CallError;
use super::body::{Body, read_body};
use crate::parameters::{flag, text};
use crate::python_text::python_str;
use crate::request::RunRequest;

/// The version that StackStorm's runner names itself with.
const AGENT: &str = "st2/v3.10dev";

const DEFAULT_TIMEOUT: f64 = 60.0;

/// A call that is ready to be made.
pub(super) struct Call {
    pub(super) url: Url,
    pub(super) timeout: Duration,
    pub(super) allow_redirects: bool,
    pub(super) verify_certificate: bool,
    pub(super) proxies: Vec<(ProxyFor, String)>,
    pub(super) hosts: HostRule,
    method: Method,
    headers: HeaderMap,
    body: Option<Body>,
    login: Option<(String, Option<String>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProxyFor {
    Http,
    Https,
}

/// Which hosts a call may reach; redirects are held to it as well.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum HostRule {
    Any,
    NoneOf(Vec<String>),
    OnlyOneOf(Vec<String>),
}

impl HostRule {
    fn read(parameters: &Map) -> Result<Self, CallError> {
        let list = |name: &str| -> Vec<String> {
            let items = parameters.get(name).and_then(Value::as_array);
            items.into_iter().flatten().map(|host| python_str(host).to_ascii_lowercase()).collect()
        };
        match (list("url_hosts_blacklist"), list("url_hosts_whitelist")) {
            (refused, allowed) if refused.is_empty() && allowed.is_empty() => Ok(Self::Any),
            (refused, allowed) if allowed.is_empty() => Ok(Self::NoneOf(refused)),
            (refused, allowed) if refused.is_empty() => Ok(Self::OnlyOneOf(allowed)),
            _ => Err(CallError::Invalid(
                "\"url_hosts_blacklist\" and \"url_hosts_whitelist\" parameters are mutually exclusive. Only one \
                 should be provided."
                    .to_owned(),
            )),
        }
    }

    /// Says why a URL may not be called. `shown` is the URL as the author wrote it.
    pub(super) fn refuse(&self, url: &Url, shown: &str) -> Option<String> {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        match self {
            Self::NoneOf(refused) if refused.contains(&host) => Some(format!("URL \"{shown}\" is blacklisted")),
            Self::OnlyOneOf(allowed) if !allowed.contains(&host) => Some(format!("URL \"{shown}\" is not whitelisted")),
            _ => None,
        }
    }
}

impl Call {
    pub(super) fn read(request: &RunRequest) -> Result<Self, CallError> {
        let (runner, action) = (&request.runner_parameters, &request.action_parameters);
        let written = text(runner, "url").ok_or_else(|| CallError::Invalid("URL must be specified.".to_owned()))?;
        let mut url = read_url(written)?;
        let hosts = HostRule::read(runner)?;
        if let Some(reason) = hosts.refuse(&url, written) {
            return Err(CallError::Invalid(reason));
        }
        append_query(&mut url, action.get("params"));

        let mut headers = read_headers(runner, &request.action_name)?;
        let body = read_body(action, &mut headers, &request.execution_id)?;
        let username = text(runner, "username").map(str::to_owned);
        let password = text(runner, "password").map(str::to_owned);
        let proxy = |name, kind| text(runner, name).filter(|url| !url.is_empty()).map(|url| (kind, url.to_owned()));
        Ok(Self {
            url,
            timeout: Duration::try_from_secs_f64(
                action.get("timeout").and_then(Value::as_f64).unwrap_or(DEFAULT_TIMEOUT),
            )
            .map_err(|error| CallError::Invalid(error.to_string()))?,
            allow_redirects: flag(runner, "allow_redirects").unwrap_or(false),
            verify_certificate: flag(runner, "verify_ssl_cert").unwrap_or(true),
            proxies: [proxy("http_proxy", ProxyFor::Http), proxy("https_proxy", ProxyFor::Https)]
                .into_iter()
                .flatten()
                .collect(),
            hosts,
            method: read_method(text(action, "method"), body.is_some())?,
            headers,
            body,
            login: (username.is_some() || password.is_some()).then(|| (username.unwrap_or_default(), password)),
        })
    }

    pub(super) fn build(&self, client: &Client) -> RequestBuilder {
        let mut builder = client.request(self.method.clone(), self.url.clone()).headers(self.headers.clone());
        if let Some((username, password)) = &self.login {
            builder = builder.basic_auth(username, password.as_ref());
        }
        match &self.body {
            Some(body) => builder.body(body.clone()),
            None => builder,
        }
    }

    pub(super) fn timed_out(&self) -> CallError {
        let seconds = self.timeout.as_secs_f64();
        CallError::Timeout(format!("{}: Read timed out. (read timeout={seconds:?})", self.pool()))
    }

    /// Words a transport error as StackStorm's users know it, the cause being ours.
    pub(super) fn explain(&self, error: &reqwest::Error) -> CallError {
        if error.is_timeout() {
            return self.timed_out();
        }
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        if error.is_redirect() {
            return CallError::Invalid(cause.to_string());
        }
        let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{query}", self.url.path());
        CallError::Transport(format!("{}: Max retries exceeded with url: {path} (Caused by {cause})", self.pool()))
    }

    fn pool(&self) -> String {
        let kind = if self.url.scheme() == "https" { "HTTPSConnectionPool" } else { "HTTPConnectionPool" };
        let host = self.url.host_str().unwrap_or_default();
        format!("{kind}(host='{host}', port={})", self.url.port_or_known_default().unwrap_or_default())
    }
}

fn read_url(written: &str) -> Result<Url, CallError> {
    if !written.contains("://") {
        return Err(CallError::Invalid(format!(
            "Invalid URL '{written}': No scheme supplied. Perhaps you meant https://{written}?"
        )));
    }
    let url = Url::parse(written).map_err(|error| CallError::Invalid(format!("Invalid URL '{written}': {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(CallError::Invalid(format!("No connection adapters were found for '{written}'"))),
    }
}

fn append_query(url: &mut Url, parameters: Option<&Value>) {
    let Some(Value::Object(parameters)) = parameters else { return };
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for (name, value) in parameters {
        match value {
            Value::Null => {}
            Value::Array(items) => pairs.extend(items.iter().map(|item| (name.as_str(), python_str(item)))),
            other => pairs.push((name, python_str(other))),
        }
    }
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
}

fn read_headers(parameters: &Map, action_name: &str) -> Result<HeaderMap, CallError> {
    let invalid = |name: &str| CallError::Invalid(format!("Invalid header: {name}"));
    let value_of = |name: &str, value: &str| HeaderValue::from_str(value).map_err(|_| invalid(name));
    let mut headers = HeaderMap::new();
    for (name, value) in parameters.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let header = HeaderName::try_from(name).map_err(|_| invalid(name))?;
        headers.insert(header, value_of(name, &python_str(value))?);
    }
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert("X-Stanley-Action", value_of("X-Stanley-Action", action_name)?);
    if let Some(Value::Object(cookies)) = parameters.get("cookies").filter(|_| !headers.contains_key(COOKIE)) {
        let cookies: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={}", python_str(value))).collect();
        if !cookies.is_empty() {
            headers.insert(COOKIE, value_of("Cookie", &cookies.join("; "))?);
        }
    }
    Ok(headers)
}

fn read_method(written: Option<&str>, has_body: bool) -> Result<Method, CallError> {
    let default = if has_body { "POST" } else { "GET" };
    let method = written.filter(|method| !method.is_empty()).unwrap_or(default).to_ascii_uppercase();
    Method::from_bytes(method.as_bytes()).map_err(|_| CallError::Invalid(format!("Invalid method: {method}")))
}

/// True if the caller says that the body is JSON, and nothing more.
pub(super) fn announces_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value == "application/json")
}
