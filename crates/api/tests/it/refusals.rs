//! What is wrong with a request is said with StackStorm's status and text.

use serde_json::{Value, json};
use squall_service::Settings;

use crate::support::{Server, send};

struct Case(&'static str, &'static str, &'static str, u16, &'static str);

const GHOST: &str = "5f0000000000000000000000";

#[tokio::test]
async fn every_mistake_has_its_status_and_text() {
    let server = Server::start().await;
    let cases = [
        Case("POST", "/v1/executions", "{}", 400, "'action' is a required property"),
        Case("POST", "/v1/executions", "[1]", 400, "[1] is not of type 'object'"),
        Case("POST", "/v1/executions", r#"{"action": "core.nosuch"}"#, 400, "Action \"core.nosuch\" cannot be found."),
        Case(
            "POST",
            "/v1/executions",
            r#"{"action": "core.noop", "parameters": [1]}"#,
            400,
            "[1] is not of type 'object'",
        ),
        Case("POST", "/v1/executions", r#"{"action": "core.noop", "delay": "x"}"#, 400, "'x' is not of type 'integer'"),
        Case(
            "POST",
            "/v1/executions",
            r#"{"action": "core.noop", "delay": -1}"#,
            400,
            "-1 is less than the minimum of 0",
        ),
        Case(
            "POST",
            "/v1/executions?show_secrets=maybe",
            r#"{"action": "core.noop"}"#,
            400,
            "Parameter \"show_secrets\" is not of type boolean",
        ),
        Case("GET", "/v1/executions/bad", "", 404, "Unable to identify resource with id \"bad\"."),
        Case(
            "GET",
            "/v1/executions?limit=0",
            "",
            400,
            "Limit, \"0\" specified, must be a positive number or -1 for full result set.",
        ),
        Case("GET", "/v1/executions?timestamp_gt=bad", "", 400, "Datetime value does not match expected format."),
        Case("GET", "/v1/executions?filter=bad", "", 400, "invalid format for filter \"bad\""),
        Case("GET", "/v1/actions/nosuch", "", 404, "Resource with a reference or id \"nosuch\" not found"),
        Case(
            "GET",
            "/v1/actions?id=bad",
            "",
            400,
            "'bad' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string",
        ),
        Case(
            "POST",
            "/v1/actions",
            r#"{"name": "x", "pack": "core", "runner_type": "noop"}"#,
            400,
            "Resources belonging to system level packs can't be manipulated",
        ),
        Case("POST", "/v1/actions", r#"{"name": "x", "pack": "default"}"#, 400, "'runner_type' is a required property"),
        Case(
            "DELETE",
            "/v1/actions/core.noop",
            "",
            400,
            "Resources belonging to system level packs can't be manipulated",
        ),
        Case(
            "POST",
            "/v1/rules",
            r#"{"name": "r", "action": {"ref": "core.noop"}}"#,
            400,
            "'trigger' is a required property",
        ),
        Case(
            "POST",
            "/v1/rules",
            r#"{"name": "r", "trigger": {"type": "no.such"}, "action": {"ref": "core.noop"}}"#,
            400,
            "Trigger \"no.such\" defined in the rule does not exist in system or it's missing required \"parameters\" attribute",
        ),
        // The web client's form sends an empty pack unless one is chosen; the rule `.r` could not be told from a pack's afterwards.
        Case(
            "POST",
            "/v1/rules",
            r#"{"name": "r", "pack": "", "trigger": {"type": "core.st2.webhook", "parameters": {"url": "u"}}, "action": {"ref": "core.noop"}}"#,
            400,
            "Both pack and name needed for building ref. pack=, name=r",
        ),
        Case(
            "POST",
            "/v1/rules",
            r#"{"name": "r", "pack": "a.b", "trigger": {"type": "core.st2.webhook", "parameters": {"url": "u"}}, "action": {"ref": "core.noop"}}"#,
            400,
            "Pack name should not contain \".\"",
        ),
        Case("PUT", "/v1/keys/k", r#"{"name": "k", "value": 5}"#, 400, "5 is not of type 'string'"),
        Case("PUT", "/v1/keys/k", r#"{"name": "k"}"#, 400, "'value' is a required property"),
        Case("GET", "/v1/config_schemas/nosuch", "", 404, "Resource with a ref or id \"nosuch\" not found"),
        Case("GET", "/v1/configs/nosuch", "", 404, "Unable to identify resource with pack_ref \"nosuch\"."),
        Case("GET", "/v1/keys/k", "", 404, "The key \"k\" does not exist in the StackStorm datastore."),
        Case("GET", "/v1/keys?scope=bogus", "", 400, "Invalid scope: st2kv.bogus"),
        Case(
            "GET",
            "/v1/keys/k?scope=user&user=bob",
            "",
            403,
            "\"user\" attribute can only be provided by admins when RBAC is enabled",
        ),
        Case("POST", "/v1/webhooks/nosuch", "{}", 404, "Webhook nosuch not registered with st2"),
        Case("POST", "/v1/webhooks//x", "{}", 404, "Webhook /x not registered with st2"),
        Case("POST", "/v1/webhooks/x", "", 404, "Webhook x not registered with st2"),
        Case("POST", "/v1/webhooks/x", "null", 400, "None is not of type 'object', 'array'"),
        Case("POST", "/v1/webhooks/x", "5", 400, "5 is not of type 'object', 'array'"),
        Case("POST", "/v1/webhooks/st2", r#"{"payload": {}}"#, 400, "Trigger not specified."),
        Case("POST", "/v1/webhooks/st2", "[1]", 400, "Webhook body needs to be an object, got: array"),
        Case("GET", "/v1/nosuch", "", 404, "The resource could not be found."),
        Case("GET", "/v1//actions", "", 404, "The resource could not be found."),
        Case("GET", "/api/v1/actions", "", 404, "The resource could not be found."),
        Case("DELETE", "/v1/actions", "", 404, "The resource could not be found."),
        Case(
            "GET",
            "/v1/timers?timer_type=bogus",
            "",
            400,
            "Timer type bogus not in supported types - ['core.st2.IntervalTimer', 'core.st2.DateTimer', 'core.st2.CronTimer'].",
        ),
    ];
    for Case(method, path, body, status, text) in cases {
        let answer = send(server.api, method, path, &[], body).await;
        assert_eq!((answer.status, answer.fault().as_str()), (status, text), "{method} {path} {body}");
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let server = Server::start_with(Settings { auth_enabled: false, max_body_bytes: 100, ..Settings::default() }).await;
    let long = format!("{{\"action\": \"{}\"}}", "x".repeat(200));
    let unsupported = "Failed to parse request body: Unsupported Content-Type: \"application/xml\"";
    let cases = [
        ("application/json", "{bad", 400, "Failed to parse request body: "),
        ("application/json", "[[[[[[", 400, "Failed to parse request body: "),
        ("application/xml", "<a/>", 400, unsupported),
        ("application/json", long.as_str(), 413, "Request body is larger than 100 bytes."),
    ];
    for (content_type, body, status, text) in cases {
        let answer = send(server.api, "POST", "/v1/executions", &[("Content-Type", content_type)], body).await;
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.fault().starts_with(text), "{}", answer.fault());
    }
}

#[tokio::test]
async fn what_is_no_workflow_definition_is_not_inspected() {
    let server = Server::start().await;
    for (body, text) in [
        ("just text", "The spec is not type of json or yaml."),
        ("[1, 2]", "The spec is not type of json or yaml."),
        ("", "The spec cannot be type of None."),
        ("# nothing", "The spec cannot be type of None."),
    ] {
        let answer = send(server.api, "POST", "/v1/workflows/inspect", &[("Content-Type", "text/plain")], body).await;
        assert_eq!((answer.status, answer.fault().as_str()), (400, text), "{body}");
    }
}

#[tokio::test]
async fn ids_of_nothing_are_not_found() {
    let server = Server::start().await;
    let paths = [
        "actions",
        "executions",
        "rules",
        "triggertypes",
        "triggers",
        "triggerinstances",
        "packs",
        "policies",
        "policytypes",
        "runnertypes",
        "sensortypes",
        "traces",
        "timers",
        "apikeys",
        "actionalias",
        "inquiries",
        "ruleenforcements",
        "ruleenforcements/views",
        "ruletypes",
        "configs",
        "config_schemas",
        "rbac/roles",
    ];
    for path in paths {
        let answer = server.get(&format!("/v1/{path}/{GHOST}")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.fault().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_second_object_with_the_same_name_is_a_conflict() {
    let server = Server::start().await;
    let action = json!({"name": "twin", "runner_type": "noop"});
    assert_eq!(server.post("/v1/actions", action.clone()).await.status, 201);
    let second = server.post("/v1/actions", action).await;
    assert_eq!(second.status, 409);
    assert!(second.fault().starts_with("Tried to save duplicate unique keys ("));
    assert_ne!(second.json().get("conflict-id"), None::<&Value>);
}
