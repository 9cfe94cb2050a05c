//! Who is asking. Counterparts: st2common/router.py (`_process_auth`), st2common/util/auth.py.
//!
//! The first credential that is there decides; a bad one is not made up for by a good one after it.

mod api_key;
mod cache;
mod limiter;
mod password;

use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};
use squall_model::{Id, Timestamp};
use squall_service::Context;

pub(crate) use api_key::{generate as generate_api_key, hash as hash_api_key};
pub(crate) use cache::TokenCache;
pub(crate) use limiter::LoginLimiter;
pub(crate) use password::verify as verify_password;
pub use password::{PasswordError, hash_password};

use crate::errors::ApiError;
use crate::query::QueryString;
use crate::state::State;

/// How a requester proved who it is, as `GET /user` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// Authentication is switched off.
    None,
    Token,
    ApiKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Header,
    Query,
}

/// Who is asking.
#[derive(Debug, Clone)]
pub(crate) struct Requester {
    pub(crate) user: String,
    pub(crate) is_admin: bool,
    pub(crate) method: Method,
    pub(crate) location: Location,
    pub(crate) token_expiry: Option<Timestamp>,
}

impl Requester {
    /// The requester of a route that everybody may call.
    pub(crate) const fn nobody() -> Self {
        Self {
            user: String::new(),
            is_admin: false,
            method: Method::None,
            location: Location::Header,
            token_expiry: None,
        }
    }
}

enum Credential<'a> {
    Token { text: &'a str, location: Location, is_cookie: bool },
    ApiKey { text: &'a str, location: Location },
}

/// Returns who is asking, and the cookie to set.
pub(crate) async fn authenticate(
    state: &State,
    headers: &HeaderMap,
    query: &QueryString,
) -> Result<(Requester, Option<HeaderValue>), ApiError> {
    if !state.context.settings.auth_enabled {
        let user = state.context.settings.system_user.clone();
        return Ok((Requester { user, is_admin: true, ..Requester::nobody() }, None));
    }
    match credential(headers, query) {
        None => Err(unauthorized("One of Token or API key required.")),
        Some(Credential::ApiKey { text, location }) => {
            let requester = check_api_key(state, text).await?;
            Ok((Requester { location, ..requester }, None))
        }
        Some(Credential::Token { text, location, is_cookie }) => {
            let requester = check_token(state, text).await?;
            let expiry = requester.token_expiry.filter(|_| !is_cookie);
            let cookie = expiry.and_then(|expiry| cookie(text, expiry, &state.context));
            Ok((Requester { location, ..requester }, cookie))
        }
    }
}

fn credential<'a>(headers: &'a HeaderMap, query: &'a QueryString) -> Option<Credential<'a>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    let token = |text, location, is_cookie| Credential::Token { text, location, is_cookie };
    header("x-auth-token")
        .map(|text| token(text, Location::Header, false))
        .or_else(|| header("st2-api-key").map(|text| Credential::ApiKey { text, location: Location::Header }))
        .or_else(|| query.text("x-auth-token").map(|text| token(text, Location::Query, false)))
        .or_else(|| query.text("st2-api-key").map(|text| Credential::ApiKey { text, location: Location::Query }))
        .or_else(|| token_cookie(headers).map(|text| token(text, Location::Header, true)))
}

fn token_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == "auth-token" && !value.is_empty()).map(|(_, value)| value)
}

/// Returns the holder of a token that is good now.
pub(crate) async fn check_token(state: &State, text: &str) -> Result<Requester, ApiError> {
    if text.starts_with("svc-") {
        return check_service_token(state, text).await;
    }
    let now = state.context.now();
    let requester = match state.tokens.get(text, now) {
        Some(known) => known,
        None => {
            let found = state.context.store.tokens.find(&hash_token(text)).await?;
            let token = found.ok_or_else(|| ApiError::Unauthorized("Unauthorized".to_owned()))?.value;
            let requester = requester(state, token.user, Method::Token, Some(token.expiry)).await?;
            state.tokens.put(text, &requester, now);
            requester
        }
    };
    match requester.token_expiry {
        Some(expiry) if expiry <= now => Err(unauthorized("Token has expired.")),
        _ => Ok(requester),
    }
}

/// A service token is good only while the execution that it was made for is going on.
async fn check_service_token(state: &State, text: &str) -> Result<Requester, ApiError> {
    let context = &state.context;
    let unknown = || ApiError::Unauthorized("Unauthorized".to_owned());
    let subject = context.service_tokens.verify(text).ok_or_else(unknown)?;
    if subject.expiry <= context.now() {
        return Err(unauthorized("Token has expired."));
    }
    if let Some(id) = subject.execution {
        let is_going_on = context.store.executions.get(&id).await?.is_some_and(|found| !found.status.is_completed());
        if !is_going_on {
            return Err(unknown());
        }
    }
    requester(state, subject.user, Method::Token, Some(subject.expiry)).await
}

async fn check_api_key(state: &State, text: &str) -> Result<Requester, ApiError> {
    let now = state.context.now();
    if let Some(known) = state.tokens.get(text, now).filter(|known| known.method == Method::ApiKey) {
        return Ok(known);
    }
    let hash = hash_api_key(text);
    let Some(found) = state.context.store.api_keys.find(&hash).await? else {
        return Err(unauthorized(&format!("ApiKey with key_hash={hash} not found.")));
    };
    if !found.value.enabled {
        return Err(unauthorized("API key is disabled."));
    }
    let requester = requester(state, found.value.user, Method::ApiKey, None).await?;
    state.tokens.put(text, &requester, now);
    Ok(requester)
}

async fn requester(
    state: &State,
    user: String,
    method: Method,
    token_expiry: Option<Timestamp>,
) -> Result<Requester, ApiError> {
    let is_system = user == state.context.settings.system_user;
    let is_admin = is_system || state.context.store.users.find(&user).await?.is_some_and(|found| found.value.is_admin);
    Ok(Requester { user, is_admin, method, location: Location::Header, token_expiry })
}

/// Returns the hash by which a token is stored.
pub(crate) fn hash_token(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string can't fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

/// Returns the id under which a token is stored; it follows from the token, so that it need not be looked for.
pub(crate) fn token_id(hash: &str) -> Id {
    Id::derived(&["token", hash])
}

fn unauthorized(reason: &str) -> ApiError {
    ApiError::Unauthorized(format!("Unauthorized - {reason}"))
}

/// The cookie that lets a browser ask for streams and icons, where it can't set headers.
pub(crate) fn cookie(token: &str, expiry: Timestamp, context: &Context) -> Option<HeaderValue> {
    let left = expiry.since(context.now()).as_secs();
    let secure = if context.settings.secure_cookie { " secure;" } else { "" };
    let date = jiff::fmt::strtime::format("%a, %d %b %Y %H:%M:%S GMT", expiry.to_jiff()).ok()?;
    let text = format!("auth-token={token}; Max-Age={left}; Path=/; expires={date};{secure} HttpOnly; SameSite=lax");
    HeaderValue::from_str(&text).ok()
}
