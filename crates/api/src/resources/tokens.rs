//! `/tokens` and `/sso` of the auth face. Counterparts: st2auth/controllers/v1/auth.py, sso.py, st2auth/handlers.py.

use std::sync::LazyLock;
use std::time::Duration;

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use squall_model::{Map, Token, User};
use squall_store::Query;

use crate::auth;
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::routes::{Face, Route, get, post};

const X_API_URL: HeaderName = HeaderName::from_static("x-api-url");

pub(super) fn routes() -> Vec<Route> {
    vec![
        post("/tokens", create).on(Face::Auth).public(),
        post("/tokens/validate", validate).on(Face::Auth),
        get("/sso", sso).on(Face::Auth).public(),
        get("/sso/request", no_sso).on(Face::Auth).public(),
        post("/sso/callback", no_sso).on(Face::Auth).public(),
    ]
}

static TOKEN_REQUEST: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "ttl": {"type": ["integer", "null"], "minimum": 1},
            "user": {"type": ["string", "null"]},
            "impersonate_user": {"type": ["string", "null"]},
            "nickname_origin": {"type": ["string", "null"]},
        },
    })
});

async fn create(call: Call) -> Outcome {
    let body = call.checked_body(&TOKEN_REQUEST)?;
    let account = login(&call).await?;
    let user = acts_as(&call, &account, &body).await?;
    let ttl = ttl(&call, &body)?;
    let context = call.context();
    let text = context.entropy.hex(16);
    let token_hash = auth::hash_token(&text);
    let token = Token {
        id: auth::token_id(&token_hash),
        user,
        token_hash,
        expiry: context.now().after(ttl),
        metadata: Map::new(),
        service: false,
    };
    context.store.tokens.insert(token.clone()).await?;
    let shown = json!({
        "user": token.user, "token": text, "expiry": token.expiry,
        "metadata": token.metadata, "service": token.service, "id": token.id,
    });
    let mut response = with_api_url(&call, call::created(&shown)?);
    // The web client asks for the stream while its first request with the token is still on its way.
    if let Some(cookie) = auth::cookie(&text, token.expiry, context) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Returns the account whose name and password were sent.
async fn login(call: &Call) -> Result<User, ApiError> {
    let refused = || ApiError::Unauthorized("Invalid or missing credentials".to_owned());
    let (name, password) = basic_credentials(call)?.ok_or_else(refused)?;
    let (limiter, now) = (&call.state.logins, call.context().now());
    if !limiter.allows(&name, call.peer, now) {
        return Err(ApiError::TooManyRequests("Too many failed logins; try again in a minute.".to_owned()));
    }
    let account = call.store().users.find(&name).await?.map(|found| found.value);
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    if !auth::verify_password(password, hash).await {
        limiter.failed(&name, call.peer, now);
        return Err(refused());
    }
    limiter.succeeded(&name, call.peer);
    account.ok_or_else(refused)
}

fn basic_credentials(call: &Call) -> Result<Option<(String, String)>, ApiError> {
    let Some(text) = call.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let Some((scheme, encoded)) = text.split_once(' ') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(decoded) = decoded else { return Ok(None) };
    let (name, password) = decoded.split_once(':').ok_or_else(|| {
        ApiError::invalid("The Authorization header must hold a user and a password with a colon between them.")
    })?;
    Ok(Some((name.to_owned(), password.to_owned())))
}

/// Returns whose token it becomes: only service accounts may ask for another's.
async fn acts_as(call: &Call, account: &User, body: &Value) -> Result<String, ApiError> {
    let field = |name: &str| body.get(name).and_then(Value::as_str);
    let Some(other) = field("impersonate_user").or_else(|| field("user")) else { return Ok(account.name.clone()) };
    if !account.is_service {
        return Err(ApiError::invalid("Current user is not a service and cannot request impersonated tokens"));
    }
    let Some(origin) = field("nickname_origin") else { return Ok(other.to_owned()) };
    let users = call.store().users.list(&Query::all()).await?.items;
    let nicknamed = users.into_iter().find(|user| user.nicknames.get(origin).and_then(Value::as_str) == Some(other));
    nicknamed
        .map(|user| user.name)
        .ok_or_else(|| ApiError::Invalid(format!("User \"{other}\" with nickname origin \"{origin}\" not found")))
}

fn ttl(call: &Call, body: &Value) -> Result<Duration, ApiError> {
    let maximum = call.context().settings.token_ttl_seconds;
    let asked = body.get("ttl").and_then(Value::as_u64).unwrap_or(maximum);
    if asked > maximum {
        return Err(ApiError::Invalid(format!("TTL specified {asked} is greater than max allowed {maximum}.")));
    }
    Ok(Duration::from_secs(asked))
}

/// Tells clients where the API is that the token is for.
fn with_api_url(call: &Call, mut response: Response) -> Response {
    let url = call.context().settings.api_url.trim_end_matches('/').trim_end_matches("/v1");
    if let Ok(value) = HeaderValue::from_str(url) {
        response.headers_mut().insert(X_API_URL, value);
    }
    response
}

async fn validate(call: Call) -> Outcome {
    let schema = json!({"type": "object", "properties": {"token": {"type": ["string", "null"]}}});
    let body = call.checked_body(&schema)?;
    let token = body.get("token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| ApiError::invalid("Token is not provided."))?;
    let is_valid = match auth::check_token(&call.state, token).await {
        Ok(_) => true,
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => false,
        Err(error) => return Err(error),
    };
    call::ok(&json!({"valid": is_valid}))
}

async fn sso(_call: Call) -> Outcome {
    call::ok(&json!({"enabled": false}))
}

async fn no_sso(_call: Call) -> Outcome {
    Err(ApiError::invalid("Single sign-on is not configured on this server."))
}
