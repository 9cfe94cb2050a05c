//! Webhooks: rules register them, requests become events.

use serde_json::json;
use squall_store::Query;

use crate::support::{Server, send};

fn rule(name: &str, url: &str) -> serde_json::Value {
    json!({
        "name": name, "enabled": true,
        "trigger": {"type": "core.st2.webhook", "parameters": {"url": url}},
        "action": {"ref": "core.noop"},
    })
}

#[tokio::test]
async fn a_rule_opens_a_webhook_and_its_removal_closes_it() {
    let server = Server::start().await;
    let made = server.post("/v1/rules", rule("r", "hooks/deploy/")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let trigger = made.json()["trigger"]["ref"].as_str().unwrap().to_owned();
    let twin = server.post("/v1/rules", rule("twin", "hooks/deploy/")).await.json();
    assert_eq!(twin["trigger"]["ref"], trigger);
    let headers =
        [("Authorization", "Basic canary"), ("Cookie", "canary=1"), ("X-Custom", "yes"), ("St2-Trace-Tag", "tag")];
    let answer = send(server.api, "POST", "/v1/webhooks/hooks/deploy", &headers, r#"{"a": [1]}"#).await;
    assert_eq!((answer.status, answer.json()), (202, json!({"a": [1]})));
    let events = server.context.store.trigger_instances.list(&Query::all()).await.unwrap().items;
    assert_eq!((events.len(), events[0].trigger.as_str()), (1, trigger.as_str()));
    assert_eq!(events[0].trace_context, json!({"trace_tag": "tag"}).as_object().unwrap().clone());
    assert_eq!(events[0].payload["body"], json!({"a": [1]}));
    assert_eq!(events[0].payload["headers"]["X-Custom"], "yes");
    assert!(!events[0].payload.to_string().contains("canary"));
    let empty = send(server.api, "POST", "/v1/webhooks/hooks/deploy", &[("St2-Trace-Tag", "none")], "").await;
    assert_eq!((empty.status, empty.json()), (202, json!({})), "a request without a body has an empty one");

    assert_eq!(server.get("/v1/webhooks").await.json().as_array().unwrap().len(), 1);
    server.delete("/v1/rules/default.r").await;
    assert_eq!(server.get("/v1/webhooks").await.json().as_array().unwrap().len(), 1);
    server.delete("/v1/rules/default.twin").await;
    assert_eq!(server.get("/v1/webhooks").await.json(), json!([]));
    assert_eq!(server.post("/v1/webhooks/hooks/deploy", json!({})).await.status, 404);
}

#[tokio::test]
async fn any_trigger_can_be_sent_through_the_hook_st2() {
    let server = Server::start().await;
    let body = json!({"trigger": "core.plain", "payload": {"n": 1}});
    assert_eq!(server.post("/v1/webhooks/st2", body.clone()).await.json(), body);
    let listed = server.get("/v1/triggerinstances?trigger_type=core.plain").await.json();
    assert_eq!(listed[0]["payload"], json!({"n": 1}));
    let path = format!("/v1/triggerinstances/{}/re_emit", listed[0]["id"].as_str().unwrap());
    let sent = server.post(&path, json!({})).await.json();
    assert_eq!(sent["payload"], json!({"n": 1, "__context": {"original_id": listed[0]["id"]}}));
    let unknown = server.post("/v1/webhooks/st2", json!({"trigger": "core.nosuch", "payload": {}})).await;
    assert!(unknown.fault().ends_with("Trigger type with reference \"core.nosuch\" doesn't exist in the database"));
}

#[tokio::test]
async fn a_changed_rule_listens_to_its_new_trigger_only() {
    let server = Server::start().await;
    let made = server.post("/v1/rules", rule("r", "old")).await.json();
    let mut changed = made.clone();
    changed["trigger"]["parameters"]["url"] = json!("new");
    let path = format!("/v1/rules/{}", made["id"].as_str().unwrap());
    let answer = server.put(&path, changed).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(server.post("/v1/webhooks/old", json!({})).await.status, 404);
    assert_eq!(server.post("/v1/webhooks/new", json!({})).await.status, 202);
}
