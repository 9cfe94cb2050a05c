//! What led to what: every execution that a caller asks for is in a trace, and so is what it starts.

use serde_json::{Value, json};
use squall_model::Id;
use squall_service::{ExecutionRequest, request_execution};

use crate::support::Server;

async fn traces_of(server: &Server, execution: &Value) -> Value {
    server.get(&format!("/v1/traces?execution={}", execution["id"].as_str().unwrap())).await.json()
}

async fn request(server: &Server, body: Value) -> Value {
    let answer = server.post("/v1/executions", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn an_execution_begins_a_trace_with_the_callers_tag_or_one_of_its_own() {
    let server = Server::start().await;
    let plain = request(&server, json!({"action": "core.noop"})).await;
    let traces = traces_of(&server, &plain).await;
    assert_eq!(traces[0]["trace_tag"], format!("execution-{}", plain["liveaction"]["id"].as_str().unwrap()));
    let link = &traces[0]["action_executions"][0];
    assert_eq!((&link["object_id"], &link["ref"], &link["caused_by"]), (&plain["id"], &json!("core.noop"), &json!({})));

    let context = json!({"trace_context": {"trace_tag": "deploy-7"}});
    let tagged = request(&server, json!({"action": "core.noop", "context": context})).await;
    assert_eq!(traces_of(&server, &tagged).await[0]["trace_tag"], "deploy-7");
    assert_eq!(server.get("/v1/traces").await.header("X-Total-Count"), Some("2"));
}

#[tokio::test]
async fn a_named_trace_goes_on_and_an_unknown_one_is_refused() {
    let server = Server::start().await;
    let first = request(&server, json!({"action": "core.noop"})).await;
    let trace = traces_of(&server, &first).await[0]["id"].clone();
    let context = json!({"trace_context": {"id_": trace}});
    let second = request(&server, json!({"action": "examples.noop", "context": context})).await;
    let path = format!("/v1/executions/{}/re_run", first["id"].as_str().unwrap());
    let third = server.post(&path, json!({})).await.json();
    for execution in [&second, &third] {
        assert_eq!(traces_of(&server, execution).await[0]["id"], trace);
    }
    let links = traces_of(&server, &first).await[0]["action_executions"].clone();
    let named: Vec<&Value> = links.as_array().unwrap().iter().map(|link| &link["object_id"]).collect();
    assert_eq!(named, [&first["id"], &second["id"], &third["id"]]);

    for (id, expected) in [
        ("5f0000000000000000000000", "Unable to find the TraceDB instance. {'id': '5f0000000000000000000000'}"),
        ("bad", "Unable to find Trace with id=\"bad\""),
    ] {
        let context = json!({"trace_context": {"id_": id}});
        let refused = server.post("/v1/executions", json!({"action": "core.noop", "context": context})).await;
        assert_eq!((refused.status, refused.fault().as_str()), (400, expected));
    }
}

#[tokio::test]
async fn what_an_execution_starts_is_in_its_trace_without_a_trace_of_its_own() {
    let server = Server::start().await;
    let root = request(&server, json!({"action": "core.noop"})).await;
    let parent: Id = root["id"].as_str().unwrap().parse().unwrap();
    let ask =
        ExecutionRequest { action: "examples.noop".to_owned(), parent: Some(parent), ..ExecutionRequest::default() };
    let child = request_execution(&server.context, ask).await.unwrap().execution;
    let traces = server.get(&format!("/v1/traces?execution={}", child.id)).await.json();
    let trace = server.get(&format!("/v1/traces/{}", traces[0]["id"].as_str().unwrap())).await.json();
    let links = trace["action_executions"].as_array().unwrap();
    assert_eq!(links.len(), 2);
    assert_eq!((&links[0]["object_id"], &links[1]["object_id"]), (&root["id"], &json!(child.id)));
    assert_eq!(links[1]["caused_by"], json!({"type": "action_execution", "id": parent}));
    assert_eq!(server.get("/v1/traces").await.header("X-Total-Count"), Some("1"));
}
