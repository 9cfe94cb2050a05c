//! HTTP clients, kept where calls can share one: a client owns a TLS configuration that is dear to build.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use reqwest::redirect::Policy;
use reqwest::{Client, Proxy};

use super::CallError;
use super::call::{Call, HostRule, ProxyFor};

/// As many redirects as Python's requests follows.
const LONGEST_REDIRECT_CHAIN: usize = 30;

/// The clients of calls without proxies and host rules, by (follows redirects, verifies certificates).
#[derive(Debug, Default)]
pub(super) struct Clients {
    shared: Mutex<HashMap<(bool, bool), Client>>,
}

impl Clients {
    pub(super) fn client_for(&self, call: &Call) -> Result<Client, CallError> {
        if !call.proxies.is_empty() || call.hosts != HostRule::Any {
            return build(call);
        }
        let key = (call.allow_redirects, call.verify_certificate);
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = shared.get(&key) {
            return Ok(client.clone());
        }
        let client = build(call)?;
        shared.insert(key, client.clone());
        Ok(client)
    }
}

fn build(call: &Call) -> Result<Client, CallError> {
    let mut builder = Client::builder().http1_title_case_headers().no_proxy().redirect(redirects(call));
    #[cfg(feature = "tls")]
    {
        crate::tls::install_tls_provider();
        builder = builder.tls_danger_accept_invalid_certs(!call.verify_certificate);
    }
    for (kind, url) in &call.proxies {
        let proxy = match kind {
            ProxyFor::Http => Proxy::http(url),
            ProxyFor::Https => Proxy::https(url),
        };
        builder = builder.proxy(proxy.map_err(invalid)?);
    }
    builder.build().map_err(invalid)
}

fn redirects(call: &Call) -> Policy {
    if !call.allow_redirects {
        return Policy::none();
    }
    let hosts = call.hosts.clone();
    Policy::custom(move |attempt| {
        if let Some(reason) = hosts.refuse(attempt.url(), attempt.url().as_str()) {
            return attempt.error(reason);
        }
        if attempt.previous().len() > LONGEST_REDIRECT_CHAIN {
            return attempt.error(format!("Exceeded {LONGEST_REDIRECT_CHAIN} redirects."));
        }
        attempt.follow()
    })
}

fn invalid(error: reqwest::Error) -> CallError {
    CallError::Invalid(error.to_string())
}
