//! Resources that clients write back as they got them.

use serde_json::{Value, json};

use crate::support::Server;

/// Creates, reads, writes back whole, and removes.
async fn round_trip(server: &Server, path: &str, body: Value) {
    let made = server.post(path, body).await;
    assert_eq!(made.status, 201, "{path}: {}", made.text);
    let made = made.json();
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(&one).await.json(), made, "{path}");
    let listed = server.get(path).await.json();
    assert!(listed.as_array().unwrap().contains(&made), "{path}");
    let written = server.put(&one, made.clone()).await;
    assert_eq!((written.status, written.json()), (200, made), "{path}: {}", written.text);
    assert_eq!(server.delete(&one).await.status, 204, "{path}");
    assert_eq!(server.get(&one).await.status, 404, "{path}");
}

#[tokio::test]
async fn what_clients_get_they_may_send_back() {
    let server = Server::start().await;
    let trigger = json!({"type": "core.st2.webhook", "parameters": {"url": "u"}});
    let cases = [
        (
            "/v1/actions",
            json!({"name": "a", "runner_type": "noop", "parameters": {"p": {"type": "string"}}, "tags": [{"name": "t", "value": "v"}]}),
        ),
        (
            "/v1/rules",
            json!({"name": "r", "trigger": trigger, "action": {"ref": "core.noop"}, "criteria": {"trigger.a": {"type": "eq", "pattern": 1}}}),
        ),
        ("/v1/triggertypes", json!({"name": "tt", "pack": "mine", "payload_schema": {"type": "object"}})),
        ("/v1/triggers", json!({"name": "t", "pack": "mine", "type": "mine.tt", "parameters": {"a": 1}})),
        ("/v1/actionalias", json!({"name": "al", "action_ref": "core.noop", "formats": ["say {{x}}"]})),
    ];
    for (path, body) in cases {
        round_trip(&server, path, body).await;
    }
}

#[tokio::test]
async fn mistakes_in_actions_are_named() {
    let server = Server::start().await;
    let cases = [
        (json!({"bad-name": {"type": "string"}}), "'bad-name' does not match any of the regexes: '^\\\\w+$'"),
        (json!({"a": {"type": "strung"}}), "'strung' is not valid under any of the given schemas"),
        (json!({"a": {"type": "string", "immutable": true}}), "Immutable param a requires a default value."),
        (json!({"a": {"unknown_kw": 5}}), "Additional properties are not allowed ('unknown_kw' was unexpected)"),
        (json!({"a": {"required": "yes"}}), "'yes' is not of type 'boolean'"),
        (
            json!({"a": {"position": 0}, "b": {"position": 0}}),
            "Parameters b and a have same position 0. Position values have to be unique.",
        ),
    ];
    for (parameters, text) in cases {
        let body = json!({"name": "x", "runner_type": "noop", "parameters": parameters});
        let answer = server.post("/v1/actions", body).await;
        assert_eq!((answer.status, answer.fault().as_str()), (400, text));
    }
}

#[tokio::test]
async fn a_runner_is_switched_off_and_on_and_nothing_else_of_it_changes() {
    let server = Server::start().await;
    let mut runner = server.get("/v1/runnertypes/noop").await.json();
    runner["enabled"] = json!(false);
    runner["description"] = json!("changed");
    let answer = server.put("/v1/runnertypes/noop", runner).await.json();
    assert_eq!((&answer["enabled"], answer.get("description")), (&json!(false), None));
    let refused = server.post("/v1/executions", json!({"action": "core.noop"})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(server.put("/v1/runnertypes/noop", json!({"enabled": true})).await.status, 400);
}

#[tokio::test]
async fn lists_of_what_is_not_there_are_empty() {
    let server = Server::start().await;
    let paths = [
        "packs",
        "policies",
        "sensortypes",
        "traces",
        "inquiries",
        "ruleenforcements",
        "ruleenforcements/views",
        "configs",
        "config_schemas",
        "rbac/role_assignments",
        "timers",
        "webhooks",
        "apikeys",
        "keys",
    ];
    for path in paths {
        let answer = server.get(&format!("/v1/{path}/")).await;
        assert_eq!((answer.status, answer.json()), (200, json!([])), "{path}");
    }
    assert_eq!(server.get("/v1/rbac/roles").await.json().as_array().unwrap().len(), 3);
    assert_eq!(server.get("/v1/ruletypes").await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_rule_whose_trigger_cannot_be_is_refused_and_leaves_no_trigger() {
    let server = Server::start().await;
    let trigger = json!({"type": "core.st2.webhook", "parameters": {"url": "refused"}});
    let refused =
        server.post("/v1/rules", json!({"name": "r", "trigger": trigger, "action": {"ref": "core.noop"}})).await;
    assert_eq!((refused.status, refused.fault().as_str()), (400, "no such url"));
    let triggers = server.get("/v1/triggers").await.json();
    assert!(!triggers.as_array().unwrap().iter().any(|trigger| trigger["parameters"]["url"] == "refused"));
}

#[tokio::test]
async fn an_actions_nested_parameters_list_what_is_required() {
    let server = Server::start().await;
    let nested = json!({"p": {"type": "object", "properties": {"x": {"type": "string", "required": true}}}});
    let refused = server.post("/v1/actions", json!({"name": "a", "runner_type": "noop", "parameters": nested})).await;
    assert_eq!((refused.status, refused.fault().as_str()), (400, "True is not of type 'array'"));
    let made = server.post("/v1/actions", json!({"name": "a", "runner_type": "noop"})).await.json();
    assert_eq!((&made["output_schema"]["required"], &made["output_schema"]["properties"]), (&json!(false), &json!({})));
}

/// The page of packs of the web client stayed empty, because it asks for the index too.
#[tokio::test]
async fn a_pack_index_without_packs_is_there() {
    let server = Server::start().await;
    assert_eq!(server.get("/v1/packs/index").await.json(), json!({"status": [], "index": {}}));
    assert_eq!(server.get("/v1/packs/index/health").await.json()["packs"]["count"], 0);
    for question in [json!({"query": "aws"}), json!({"pack": "aws"})] {
        assert_eq!(server.post("/v1/packs/index/search", question).await.json(), json!([]));
    }
    assert_eq!(server.post("/v1/packs/index/search", json!({"query": 1})).await.status, 400);
}
