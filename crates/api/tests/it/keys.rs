//! The datastore: scopes, secrets, expiry, compare-and-set.

use serde_json::json;
use squall_store::Query;

use crate::support::Server;

#[tokio::test]
async fn stores_shows_lists_and_removes() {
    let server = Server::start().await;
    let stored = server.put("/v1/keys/k", json!({"name": "k", "value": "v"})).await.json();
    let expected = json!({
        "uid": "key_value_pair:st2kv.system:k", "scope": "st2kv.system", "name": "k", "value": "v", "secret": false,
        "encrypted": false, "id": stored["id"],
    });
    assert_eq!(stored, expected);
    let own = server.put("/v1/keys/k", json!({"name": "k", "value": "u", "scope": "user"})).await.json();
    assert_eq!((own["user"].as_str(), own["name"].as_str()), (Some("stanley"), Some("k")));
    assert_eq!(server.get("/v1/keys").await.json(), json!([stored]));
    assert_eq!(server.get("/v1/keys?scope=all&prefix=k").await.json(), json!([stored, own]));
    assert_eq!(server.delete("/v1/keys/k").await.status, 204);
    assert_eq!(server.delete("/v1/keys/k").await.status, 404);
    assert_eq!(server.get("/v1/keys/k?scope=user").await.json(), own);
}

#[tokio::test]
async fn secrets_are_encrypted_and_shown_in_clear_on_demand_only() {
    let server = Server::start().await;
    let stored = server.put("/v1/keys/s", json!({"name": "s", "value": "hush", "secret": true})).await;
    assert!(!stored.text.contains("hush"));
    assert_eq!(stored.json()["encrypted"], true);
    assert_eq!(server.get("/v1/keys/s?decrypt=true").await.json()["value"], "hush");
    let ciphertext = stored.json()["value"].clone();
    let moved = json!({"name": "t", "value": ciphertext, "encrypted": true});
    assert_eq!(server.put("/v1/keys/t", moved).await.status, 200);
    assert_eq!(server.get("/v1/keys/t?decrypt=true").await.json()["value"], "hush");
    let refused = server.put("/v1/keys/t", json!({"name": "t", "value": "plain", "encrypted": true})).await;
    assert!(refused.fault().starts_with("Failed to verify the integrity of the provided value for key \"t\"."));
}

#[tokio::test]
async fn keys_expire() {
    let server = Server::start().await;
    server.put("/v1/keys/k", json!({"name": "k", "value": "v", "ttl": 60})).await;
    assert!(server.get("/v1/keys/k").await.json()["expire_timestamp"].is_string());
    server.advance(61);
    assert_eq!(server.get("/v1/keys/k").await.status, 404);
}

#[tokio::test]
async fn a_conditional_write_notices_who_was_quicker() {
    let server = Server::start().await;
    let put = async |value: &str, expected: serde_json::Value| {
        server.put("/v1/keys/lock", json!({"name": "lock", "value": value, "if_value": expected})).await.status
    };
    assert_eq!(put("a", json!("x")).await, 412);
    assert_eq!(put("a", json!(null)).await, 200);
    assert_eq!(put("b", json!(null)).await, 412);
    assert_eq!(put("b", json!("a")).await, 200);
    assert_eq!(server.get("/v1/keys/lock").await.json()["value"], "b");
}

#[tokio::test]
async fn a_change_is_an_event_only_while_a_rule_listens() {
    let server = Server::start().await;
    let events = async || server.context.store.trigger_instances.list(&Query::all()).await.unwrap().items;
    server.put("/v1/keys/k", json!({"name": "k", "value": "1"})).await;
    server.put("/v1/keys/k", json!({"name": "k", "value": "2"})).await;
    assert_eq!(events().await.len(), 0);
    let trigger = json!({"type": "core.st2.key_value_pair.value_change", "parameters": {}});
    let rule = json!({"name": "r", "trigger": trigger, "action": {"ref": "core.noop"}});
    assert_eq!(server.post("/v1/rules", rule).await.status, 201);
    server.put("/v1/keys/k", json!({"name": "k", "value": "3"})).await;
    let events = events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].payload["old_object"]["value"], "2");
    assert_eq!(events[0].payload["new_object"]["value"], "3");
}
