//! Who may ask: passwords, tokens, API keys, service tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use squall_model::{Status, Timestamp};
use squall_service::{ExecutionRequest, Settings, TokenSubject, move_to, request_execution};
use squall_store::Patch;

use crate::support::{Answer, Server, send};

pub(crate) async fn server() -> Server {
    let server = Server::start_with(Settings::default()).await;
    server.add_user("alice", "wonder", false).await;
    server.add_user("root", "toor", true).await;
    server
}

async fn login(server: &Server, credentials: &str, body: &str) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(credentials));
    send(server.auth, "POST", "/v1/tokens", &[("Authorization", &basic)], body).await
}

pub(crate) async fn token(server: &Server, credentials: &str) -> String {
    login(server, credentials, "{}").await.json()["token"].as_str().unwrap().to_owned()
}

async fn whoami(server: &Server, header: (&str, &str)) -> Answer {
    send(server.api, "GET", "/v1/user", &[header], "").await
}

#[tokio::test]
async fn a_password_buys_a_token_until_it_expires() {
    let server = server().await;
    let answer = login(&server, "alice:wonder", r#"{"ttl": 60}"#).await;
    assert_eq!((answer.status, answer.header("X-API-URL")), (201, Some("http://127.0.0.1:9101")));
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), 32);
    let user = whoami(&server, ("X-Auth-Token", &token)).await;
    assert_eq!((user.status, user.json()["username"].as_str()), (200, Some("alice")));
    let cookie = user.header("Set-Cookie").unwrap();
    // The login sets it too: before, the web client heard of nothing that happened until its page was loaded again.
    assert_eq!(answer.header("Set-Cookie"), Some(cookie));
    assert!(cookie.starts_with(&format!(
        "auth-token={token}; Max-Age=60; Path=/; expires=Thu, 01 Jan 2026 00:01:00 GMT; secure;"
    )));
    assert_eq!(whoami(&server, ("Cookie", &format!("a=b; auth-token={token}"))).await.status, 200);
    server.advance(61);
    let expired = whoami(&server, ("X-Auth-Token", &token)).await;
    assert_eq!((expired.status, expired.fault().as_str()), (401, "Unauthorized - Token has expired."));
}

/// Over plain HTTP a browser drops a secure cookie, and the web client heard of nothing that happened.
#[tokio::test]
async fn the_cookie_can_be_had_without_https() {
    let server = Server::start_with(Settings { secure_cookie: false, ..Settings::default() }).await;
    server.add_user("alice", "wonder", false).await;
    let answer = login(&server, "alice:wonder", "{}").await;
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let cookie = whoami(&server, ("X-Auth-Token", &token)).await.header("Set-Cookie").unwrap().to_lowercase();
    assert!(cookie.contains("; httponly;") && !cookie.contains("secure"), "{cookie}");
}

#[tokio::test]
async fn bad_logins_are_refused_and_counted() {
    let server = server().await;
    let cases = [
        ("alice:wrong", "{}", 401, "Invalid or missing credentials"),
        ("nobody:x", "{}", 401, "Invalid or missing credentials"),
        ("alice:wonder", r#"{"ttl": 0}"#, 400, "0 is less than the minimum of 1"),
        ("alice:wonder", r#"{"ttl": 86401}"#, 400, "TTL specified 86401 is greater than max allowed 86400."),
        ("alice:wonder", r#"{"ttl": "60"}"#, 400, "'60' is not of type 'integer', 'null'"),
        (
            "alice:wonder",
            r#"{"user": "root"}"#,
            400,
            "Current user is not a service and cannot request impersonated tokens",
        ),
    ];
    for (credentials, body, status, text) in cases {
        let answer = login(&server, credentials, body).await;
        assert_eq!((answer.status, answer.fault().as_str()), (status, text), "{credentials} {body}");
    }
    let missing = send(server.auth, "POST", "/v1/tokens", &[], "{}").await;
    assert_eq!((missing.status, missing.fault().as_str()), (401, "Invalid or missing credentials"));
    let mut last = 0;
    for _ in 0..11 {
        last = login(&server, "eve:guess", "{}").await.status;
    }
    assert_eq!(last, 429);
    assert_eq!(login(&server, "alice:wonder", "{}").await.status, 201);
}

#[tokio::test]
async fn the_first_credential_decides() {
    let server = server().await;
    let good = token(&server, "alice:wonder").await;
    let none = send(server.api, "GET", "/v1/user", &[], "").await;
    assert_eq!((none.status, none.fault().as_str()), (401, "Unauthorized - One of Token or API key required."));
    let bad = whoami(&server, ("X-Auth-Token", "bad")).await;
    assert_eq!((bad.status, bad.fault().as_str()), (401, "Unauthorized"));
    let path = format!("/v1/user?x-auth-token={good}");
    assert_eq!(send(server.api, "GET", &path, &[("X-Auth-Token", "bad")], "").await.status, 401);
    let by_query = send(server.api, "GET", &path, &[("X-Auth-Token", "")], "").await;
    assert_eq!((by_query.status, by_query.json()["authentication"]["location"].as_str()), (200, Some("query")));
}

#[tokio::test]
async fn api_keys_belong_to_who_asked_and_end_with_their_removal() {
    let server = server().await;
    let alice = token(&server, "alice:wonder").await;
    let alice = [("X-Auth-Token", alice.as_str())];
    let stolen = send(server.api, "POST", "/v1/apikeys", &alice, r#"{"user": "root"}"#).await;
    assert_eq!(stolen.status, 403);
    let made = send(server.api, "POST", "/v1/apikeys", &alice, "{}").await.json();
    assert_eq!((made["user"].as_str(), made.get("key_hash")), (Some("alice"), None));
    let key = made["key"].as_str().unwrap();
    let user = whoami(&server, ("St2-Api-Key", key)).await.json();
    assert_eq!(
        (user["username"].as_str(), user["authentication"]["method"].as_str()),
        (Some("alice"), Some("API key"))
    );
    let listed = send(server.api, "GET", "/v1/apikeys", &alice, "").await;
    assert_eq!(listed.json()[0]["key_hash"], "********");
    let path = format!("/v1/apikeys/{}", made["id"].as_str().unwrap());
    let disabled = send(server.api, "PUT", &path, &alice, r#"{"enabled": false}"#).await;
    assert_eq!(disabled.status, 200);
    assert_eq!(whoami(&server, ("St2-Api-Key", key)).await.fault(), "Unauthorized - API key is disabled.");
    assert_eq!(send(server.api, "DELETE", &path, &alice, "").await.status, 204);
    assert!(whoami(&server, ("St2-Api-Key", key)).await.fault().starts_with("Unauthorized - ApiKey with key_hash="));
}

#[tokio::test]
async fn only_administrators_ask_for_executions_of_others() {
    let server = server().await;
    let (alice, root) = (token(&server, "alice:wonder").await, token(&server, "root:toor").await);
    let body = json!({"action": "core.noop", "user": "bob"}).to_string();
    let refused = send(server.api, "POST", "/v1/executions", &[("X-Auth-Token", &alice)], &body).await;
    assert_eq!(refused.status, 403);
    let allowed = send(server.api, "POST", "/v1/executions", &[("X-Auth-Token", &root)], &body).await;
    assert_eq!((allowed.status, allowed.json()["context"]["user"].as_str()), (201, Some("bob")));
}

#[tokio::test]
async fn a_service_token_ends_with_its_execution() {
    let server = server().await;
    let request =
        ExecutionRequest { action: "core.noop".to_owned(), user: "alice".to_owned(), ..ExecutionRequest::default() };
    let execution = request_execution(&server.context, request).await.unwrap().execution;
    let subject = TokenSubject {
        user: "alice".to_owned(),
        execution: Some(execution.id),
        expiry: Timestamp::from_micros(i64::MAX / 2),
    };
    let token = server.context.service_tokens.mint(&subject);
    assert_eq!(whoami(&server, ("X-Auth-Token", token.expose())).await.json()["username"], "alice");
    move_to(&server.context, execution, Status::Canceled, Patch::default(), Vec::new()).await.unwrap();
    assert_eq!(whoami(&server, ("X-Auth-Token", token.expose())).await.status, 401);
}

#[tokio::test]
async fn every_port_has_its_paths_and_health_needs_no_credentials() {
    let server = server().await;
    let cases = [
        (server.combined, "/api/v1/user", 401),
        (server.combined, "/auth/v1/sso", 200),
        (server.combined, "/stream/v1/stream", 401),
        (server.combined, "/api/v1/stream", 401),
        (server.combined, "/v1/user", 404),
        (server.api, "/v1/tokens", 404),
        (server.api, "/healthz", 200),
        (server.auth, "/readyz", 200),
        (server.combined, "/readyz", 200),
    ];
    for (port, path, status) in cases {
        assert_eq!(send(port, "GET", path, &[], "").await.status, status, "{path}");
    }
    let options = send(server.api, "OPTIONS", "/v1/anything", &[("Origin", "http://localhost:8080")], "").await;
    assert_eq!((options.status, options.header("Access-Control-Allow-Origin")), (200, Some("http://localhost:8080")));
}
