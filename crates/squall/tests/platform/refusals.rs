//! What the API refuses, request by request: StackStorm's status and `faultstring`, as recorded from it.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::support::http::{Answer, Request};
use crate::support::server::{Options, Server};
use crate::support::waiting::eventually;

struct Refusal {
    what: &'static str,
    request: Request,
    status: u16,
    /// What the `faultstring` begins with.
    fault: &'static str,
}

fn refusal(what: &'static str, request: Request, status: u16, fault: &'static str) -> Refusal {
    Refusal { what, request, status, fault }
}

fn fault(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    body["faultstring"].as_str().map_or_else(|| format!("no faultstring in {}", answer.text), str::to_owned)
}

/// Checks the whole table and then tells everything that differs.
fn check(address: SocketAddr, table: Vec<Refusal>) {
    let mut different = Vec::new();
    for refusal in table {
        let answer = refusal.request.send(address);
        let found = fault(&answer);
        if answer.status != refusal.status || !found.starts_with(refusal.fault) {
            let wanted = (refusal.status, refusal.fault);
            different.push(format!("{}: wanted {wanted:?}, found {:?}", refusal.what, (answer.status, found)));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

fn execution(body: &Value) -> Request {
    Request::post("/v1/executions", body)
}

fn typed(parameters: &Value) -> Request {
    execution(&json!({"action": "compat.typed", "parameters": parameters}))
}

fn raw(target: &str, content_type: &str, body: &str) -> Request {
    Request::new("POST", target).header("Content-Type", content_type).body(body)
}

const JSON: &str = "application/json";

#[test]
fn requests_with_mistakes_get_the_recorded_answers() {
    let server = Server::start(Options::with_test_pack());
    let unparsed = "Failed to parse request body: ";
    let unsupported = "Failed to parse request body: Unsupported Content-Type: \"application/xml\"";
    check(
        server.api,
        vec![
            refusal("malformed JSON", raw("/v1/executions", JSON, "{x"), 400, unparsed),
            refusal("JSON that ends early", raw("/v1/executions", JSON, "{\"action\": "), 400, unparsed),
            refusal("not UTF-8", Request::new("POST", "/v1/rules").body([0xff, 0xfe]), 400, unparsed),
            refusal("other content type", raw("/v1/executions", "application/xml", "<x/>"), 400, unsupported),
            refusal("empty object", execution(&json!({})), 400, "'action' is a required property"),
            refusal("no body", Request::new("POST", "/v1/executions"), 400, "'action' is a required property"),
            refusal("a list instead of an object", execution(&json!([1])), 400, ""),
            refusal("unknown action", execution(&json!({"action": "x.y"})), 400, "Action \"x.y\" cannot be found."),
            refusal(
                "parameters that are text",
                execution(&json!({"action": "core.noop", "parameters": "x"})),
                400,
                "'x' is not of type 'object'",
            ),
            refusal(
                "user that is a number",
                execution(&json!({"action": "core.noop", "user": 5})),
                400,
                "5 is not of type",
            ),
            refusal("missing parameter", typed(&json!({})), 400, "'text' is a required property"),
            refusal(
                "unknown parameter",
                typed(&json!({"text": "x", "other": 1})),
                400,
                "Additional properties are not allowed ('other' was unexpected)",
            ),
            refusal(
                "text for an integer",
                typed(&json!({"text": "x", "number": "three"})),
                400,
                "invalid literal for int() with base 10: 'three'",
            ),
            refusal("null for required text", typed(&json!({"text": null})), 400, ""),
            refusal(
                "undefined variable in a template",
                typed(&json!({"text": "{{ nowhere }}"})),
                400,
                "Dependency unsatisfied in variable \"nowhere\"",
            ),
            refusal(
                "unknown execution",
                Request::get("/v1/executions/5f0000000000000000000000"),
                404,
                "Unable to identify resource with id \"5f0000000000000000000000\".",
            ),
            refusal(
                "limit of none",
                Request::get("/v1/executions?limit=0"),
                400,
                "Limit, \"0\" specified, must be a positive number or -1 for full result set.",
            ),
            refusal(
                "limit that is text",
                Request::get("/v1/executions?limit=x"),
                400,
                "Parameter \"limit\" is not of type integer",
            ),
            refusal("unknown path", Request::get("/v1/nowhere"), 404, "The resource could not be found."),
            refusal("other method", Request::delete("/v1/executions"), 404, "The resource could not be found."),
            refusal(
                "unregistered webhook",
                Request::post("/v1/webhooks/nowhere", &json!({})),
                404,
                "Webhook nowhere not registered with st2",
            ),
            refusal(
                "webhook without trigger",
                Request::post("/v1/webhooks/st2", &json!({"payload": {}})),
                400,
                "Trigger not specified.",
            ),
            refusal(
                "unknown trigger",
                Request::post("/v1/webhooks/st2", &json!({"trigger": "compat.nowhere", "payload": {}})),
                400,
                "Trigger payload validation failed and validation is enabled, not dispatching a trigger \"compat.nowhere\" ({}): \
                 Trigger type with reference \"compat.nowhere\" doesn't exist in the database",
            ),
            refusal(
                "payload of the wrong type",
                Request::post("/v1/webhooks/st2", &json!({"trigger": "compat.bell", "payload": {"who": 5}})),
                400,
                "Trigger payload validation failed and validation is enabled, not dispatching a trigger \"compat.bell\" ({'who': 5}): \
                 5 is not of type 'string', 'null'\n\nFailed validating 'type' in schema['properties']['who']:\n",
            ),
            refusal(
                "rule for an unknown trigger",
                Request::post(
                    "/v1/rules",
                    &json!({"name": "r", "pack": "compat", "trigger": {"type": "compat.nowhere"}, "action": {"ref": "core.noop"}}),
                ),
                400,
                "Trigger \"compat.nowhere\" defined in the rule does not exist in system or it's missing required \"parameters\" attribute",
            ),
            refusal(
                "criteria without pattern",
                Request::post(
                    "/v1/rules",
                    &json!({"name": "r", "pack": "compat", "trigger": {"type": "compat.bell"}, "action": {"ref": "core.noop"},
                            "criteria": {"trigger.who": {"type": "eq"}}}),
                ),
                400,
                "For field: trigger.who, no pattern specified for operator eq",
            ),
            refusal(
                "key without value",
                Request::put("/v1/keys/k", &json!({"name": "k"})),
                400,
                "'value' is a required property",
            ),
            refusal(
                "unknown scope",
                Request::put("/v1/keys/k", &json!({"name": "k", "value": "v", "scope": "galaxy"})),
                400,
                "",
            ),
            refusal(
                "unknown key",
                Request::get("/v1/keys/nowhere"),
                404,
                "The key \"nowhere\" does not exist in the StackStorm datastore.",
            ),
        ],
    );
}

#[test]
fn a_body_that_is_too_large_is_refused_and_the_next_request_is_served() {
    let server = Server::start(Options::default().variable("SQUALL_API_MAX_BODY_BYTES", "100000"));
    let large = json!({"action": "core.noop", "context": {"filler": "x".repeat(200_000)}});
    let answer = execution(&large).send(server.api);
    assert_eq!(answer.status, 413, "{}", answer.text);
    assert!(!fault(&answer).starts_with("no faultstring"), "{}", answer.text);
    assert_eq!(server.run("core.noop", &json!({}))["status"], "succeeded");
}

#[test]
fn callers_without_valid_credentials_are_refused() {
    let server = Server::start(Options::default().auth());
    let token = |token: &str| Request::get("/v1/actions").header("X-Auth-Token", token);
    check(
        server.api,
        vec![
            refusal("nothing", Request::get("/v1/actions"), 401, "Unauthorized - One of Token or API key required."),
            refusal("empty token", token(""), 401, "Unauthorized - One of Token or API key required."),
            refusal("unknown token", token("made-up"), 401, "Unauthorized"),
            refusal(
                "unknown API key",
                Request::get("/v1/actions").header("St2-Api-Key", "made-up"),
                401,
                "Unauthorized - ApiKey with key_hash=",
            ),
            refusal("the root", Request::get("/v1/"), 401, "Unauthorized"),
        ],
    );
    let basic = |credentials: &str| {
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, credentials);
        Request::post("/tokens", &json!({})).header("Authorization", &format!("Basic {encoded}"))
    };
    let (user, password) = server.administrator();
    let good = basic(&format!("{user}:{password}"));
    check(
        server.auth,
        vec![
            refusal("wrong password", basic(&format!("{user}:wrong")), 401, "Invalid or missing credentials"),
            refusal("unknown user", basic("nobody:x"), 401, "Invalid or missing credentials"),
            refusal("no credentials", Request::post("/tokens", &json!({})), 401, "Invalid or missing credentials"),
            refusal("a life of nothing", good.clone().json(&json!({"ttl": 0})), 400, "0 is less than the minimum of 1"),
            refusal(
                "a life too long",
                good.clone().json(&json!({"ttl": 86401})),
                400,
                "TTL specified 86401 is greater than max allowed 86400.",
            ),
        ],
    );
    let short = good.json(&json!({"ttl": 1})).send(server.auth).expect(201);
    let short = token(short["token"].as_str().expect("a token"));
    let refused = eventually("the token to expire", || {
        let answer = short.send(server.api);
        if answer.status == 401 { Ok(answer) } else { Err(answer.status) }
    });
    assert_eq!(fault(&refused), "Unauthorized - Token has expired.");
}
