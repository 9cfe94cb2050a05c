//! Sends one alert to its hook, again and again while nobody listens there.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::alert::AlertBody;

const ATTEMPTS: u32 = 8;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What became of an alert.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) attempts: u32,
    /// What the hook answered, or why it did not.
    pub(crate) answer: Result<(u16, String), String>,
}

/// An alert ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: AlertBody,
}

impl Delivery {
    pub(crate) fn is_delivered(&self) -> bool {
        self.answer.as_ref().is_ok_and(|(status, _)| (200..300).contains(status))
    }

    pub(crate) fn view(&self) -> Value {
        let mut view = json!({"delivered": self.is_delivered(), "attempts": self.attempts});
        match &self.answer {
            Ok((status, body)) => {
                view["status"] = json!(status);
                view["body"] = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
            }
            Err(error) => view["error"] = json!(error),
        }
        view
    }
}

/// Sends until somebody answers: any answer ends it, only a connection that fails is tried again.
pub(crate) async fn send(client: &reqwest::Client, outbound: &Outbound, first_pause: Duration) -> Delivery {
    let mut pause = first_pause;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let answer = send_once(client, outbound).await;
        if answer.is_ok() || attempts == ATTEMPTS {
            return Delivery { attempts, answer };
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether a hook is on this machine, which is the only place that alerts are sent to.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    url.scheme() == "http" && (host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback()))
}

async fn send_once(client: &reqwest::Client, outbound: &Outbound) -> Result<(u16, String), String> {
    let mut request = client.post(&outbound.url).header("content-type", outbound.body.content_type);
    for (name, value) in &outbound.headers {
        request = request.header(name, value);
    }
    // The error would show the URL, and with it the key in its query.
    let explain = |error: reqwest::Error| error.without_url().to_string();
    let response = request.body(outbound.body.text.clone()).send().await.map_err(explain)?;
    let status = response.status().as_u16();
    // Once there is a status the alert was taken: a body that breaks off must not cause a second send.
    Ok((status, response.text().await.unwrap_or_default()))
}
