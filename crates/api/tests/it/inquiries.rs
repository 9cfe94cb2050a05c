//! Inquiries: executions that wait for a person.

use serde_json::json;
use squall_model::{Id, Status};
use squall_service::{ExecutionRequest, move_to, request_execution};
use squall_store::Patch;

use crate::support::Server;

/// Brings an inquiry to where it waits.
async fn asked(server: &Server, users: &[&str]) -> Id {
    let store = &server.context.store;
    store.runner_types.put(squall_testkit::runner_type("inquirer")).await.unwrap();
    store.actions.put(squall_testkit::action("core", "ask", "inquirer")).await.unwrap();
    let request =
        ExecutionRequest { action: "core.ask".to_owned(), user: "me".to_owned(), ..ExecutionRequest::default() };
    let execution = request_execution(&server.context, request).await.unwrap().execution;
    let owned = Patch { owner: Some(server.context.process), ..Patch::default() };
    let running =
        move_to(&server.context, execution, Status::Running, owned, Vec::new()).await.unwrap().moved().unwrap();
    let schema = json!({"type": "object", "properties": {"ok": {"type": "boolean", "required": true}}});
    let question = json!({"schema": schema, "roles": [], "users": users, "route": "dev", "ttl": 60});
    let patch = Patch::result(&question);
    move_to(&server.context, running, Status::Pending, patch, Vec::new()).await.unwrap().moved().unwrap().id
}

#[tokio::test]
async fn an_inquiry_is_listed_answered_once_and_then_no_more() {
    let server = Server::start().await;
    let id = asked(&server, &[]).await;
    let listed = server.get("/v1/inquiries").await;
    assert_eq!((listed.header("X-Limit"), &listed.json()[0]["id"]), (Some("20"), &json!(id)));
    let path = format!("/v1/inquiries/{id}");
    assert_eq!(server.get(&path).await.json()["route"], "dev");
    let cases = [
        (json!({"id": id}), "'response' is a required property"),
        (json!({"response": {}}), "'id' is a required property"),
    ];
    for (body, text) in cases {
        assert_eq!(server.put(&path, body).await.fault(), text);
    }
    let unfit = server.put(&path, json!({"id": id, "response": {"ok": "maybe"}})).await;
    let refused =
        format!("Response for inquiry \"{id}\" did not pass schema validation. 'maybe' is not of type 'boolean'");
    assert!(unfit.fault().starts_with(&refused), "{}", unfit.fault());
    let answer = json!({"id": id, "response": {"ok": true}});
    let answered = server.put(&path, answer.clone()).await;
    assert_eq!((answered.status, answered.json()), (200, answer.clone()));
    let execution = server.get(&format!("/v1/executions/{id}")).await.json();
    assert_eq!((&execution["status"], &execution["result"]["response"]), (&json!("succeeded"), &json!({"ok": true})));
    let again = server.put(&path, answer).await;
    let expected = format!("Inquiry \"{id}\" has already been responded to.");
    assert_eq!((again.status, again.fault()), (400, expected));
    assert_eq!(server.get("/v1/inquiries").await.json(), json!([]));
}

#[tokio::test]
async fn only_those_who_are_asked_may_answer() {
    let server = Server::start().await;
    let id = asked(&server, &["somebody"]).await;
    let refused = server.put(&format!("/v1/inquiries/{id}"), json!({"id": id, "response": {"ok": true}})).await;
    let expected = format!("User \"stanley\" does not have permission to respond to inquiry \"{id}\".");
    assert_eq!((refused.status, refused.fault()), (403, expected));
}
