//! HTTP calls to the platform and to the simulator. A server that is being restarted is waited for.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine;
use serde_json::{Value, json};

use crate::platform::Addresses;

/// How long a server may be away.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// A platform that is reached over HTTP.
#[derive(Debug, Clone)]
pub struct Platform {
    http: reqwest::Client,
    /// With `/v1`.
    pub api: String,
    pub auth: String,
    pub api_key: String,
    pub login: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// `X-Total-Count`.
    pub total: Option<u64>,
}

impl Platform {
    /// Logs in as the first administrator and makes an API key.
    pub(crate) async fn log_in(addresses: &Addresses, data_dir: &Path) -> Result<Self> {
        let address = |found: Option<std::net::SocketAddr>| found.context("the platform does not listen");
        Self::connect(
            &format!("http://{}", address(addresses.api)?),
            &format!("http://{}", address(addresses.auth)?),
            &data_dir.join("initial-admin-password"),
        )
        .await
    }

    /// Logs in with the password in the file and makes an API key, which outlives restarts.
    pub async fn connect(api: &str, auth: &str, password_file: &Path) -> Result<Self> {
        let login = std::fs::read_to_string(password_file).with_context(|| password_file.display().to_string())?;
        let http = client()?;
        let basic = base64::engine::general_purpose::STANDARD.encode(login.trim());
        let request =
            || http.post(format!("{auth}/tokens")).header("Authorization", format!("Basic {basic}")).body("{}");
        let token = patiently(request).await?;
        let token = token.body["token"].as_str().with_context(|| format!("no token: {}", token.body))?.to_owned();
        let api = format!("{api}/v1");
        let request = || http.post(format!("{api}/apikeys")).header("X-Auth-Token", &token).body("{}");
        let created = patiently(request).await?;
        let api_key = created.body["key"].as_str().with_context(|| format!("no API key: {}", created.body))?.to_owned();
        Ok(Self { http, api, auth: auth.to_owned(), api_key, login: login.trim().to_owned() })
    }

    pub async fn get(&self, path: &str) -> Result<Answer> {
        patiently(|| self.http.get(format!("{}{path}", self.api)).header("St2-Api-Key", &self.api_key)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        let text = body.to_string();
        patiently(|| {
            let request = self.http.put(format!("{}{path}", self.api)).header("St2-Api-Key", &self.api_key);
            request.header("Content-Type", "application/json").body(text.clone())
        })
        .await
    }

    /// Requests an execution; `key` makes it safe to ask again when the answer got lost.
    pub async fn run(&self, key: &str, action: &str, parameters: &Value) -> Result<String> {
        let body = json!({"action": action, "parameters": parameters}).to_string();
        let answer = patiently(|| {
            let request = self.http.post(format!("{}/executions", self.api)).header("St2-Api-Key", &self.api_key);
            request.header("Content-Type", "application/json").header("Idempotency-Key", key).body(body.clone())
        })
        .await?;
        match answer.body["id"].as_str() {
            Some(id) if answer.status == 201 => Ok(id.to_owned()),
            _ => bail!("{action} was refused with {}: {}", answer.status, answer.body),
        }
    }

    /// Returns the URL of a webhook that needs no header.
    pub fn hook_url(&self, hook: &str) -> String {
        format!("{}/webhooks/{hook}?st2-api-key={}", self.api, self.api_key)
    }
}

/// Calls the simulator's control plane.
#[derive(Debug, Clone)]
pub struct Simulator {
    http: reqwest::Client,
    pub base: String,
}

impl Simulator {
    pub fn new(base: String) -> Result<Self> {
        Ok(Self { http: client()?, base })
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        Ok(patiently(|| self.http.get(format!("{}/_sim{path}", self.base))).await?.body)
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        let text = body.to_string();
        patiently(|| self.http.post(format!("{}/_sim{path}", self.base)).body(text.clone())).await
    }
}

fn client() -> Result<reqwest::Client> {
    // Whoever uses the life cycle as a library has not gone through `main`.
    squall_runners::install_tls_provider();
    let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
    builder.build().context("no HTTP client")
}

/// Sends until somebody answers with anything but 503.
async fn patiently(request: impl Fn() -> reqwest::RequestBuilder) -> Result<Answer> {
    let started = Instant::now();
    loop {
        let outcome = request().send().await;
        let last = match outcome {
            Ok(response) if response.status().as_u16() != 503 => {
                let status = response.status().as_u16();
                let total = response.headers().get("x-total-count").and_then(|count| count.to_str().ok()?.parse().ok());
                match response.text().await {
                    Ok(text) => {
                        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
                        return Ok(Answer { status, body, total });
                    }
                    Err(error) => error.to_string(),
                }
            }
            Ok(response) => format!("{}", response.status()),
            Err(error) => format!("{error}"),
        };
        if started.elapsed() > PATIENCE {
            bail!("nobody answered for {} s: {last}", PATIENCE.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
