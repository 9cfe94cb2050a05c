//! Inquiries: executions that wait for a person.

use std::time::Duration;

use serde_json::json;
use squall_model::{Id, Status};
use squall_service::{ExecutionRequest, inquiries, move_to, request_execution};
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
    let properties = json!({
        "ok": {"type": "boolean", "required": true},
        "pin": {"type": "string", "secret": true},
        "colour": {"type": "string", "required": true, "default": "red"},
    });
    let schema = json!({"type": "object", "properties": properties});
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
    let expected = format!(
        "Response for inquiry \"{id}\" did not pass schema validation. 'maybe' is not of type 'boolean'\n\n\
         Failed validating 'type' in schema['properties']['ok']:\n    {{'type': 'boolean', 'required': True}}\n\n\
         On instance['ok']:\n    'maybe'"
    );
    assert_eq!((unfit.status, unfit.fault()), (400, expected));
    let empty = server.put(&path, json!({"id": id, "response": {}})).await;
    let expected = format!("Response for inquiry \"{id}\" did not pass schema validation. 'ok' is a required property");
    assert!(empty.fault().starts_with(&expected), "{}", empty.fault());
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
async fn of_two_answers_at_once_one_counts_and_the_other_comes_too_late() {
    let server = Server::start().await;
    for _ in 0..20 {
        let id = asked(&server, &[]).await;
        let path = format!("/v1/inquiries/{id}");
        let answer = async |ok: bool| server.put(&path, json!({"id": id, "response": {"ok": ok}})).await;
        let (yes, no) = tokio::join!(answer(true), answer(false));
        let (winner, loser, said) = if yes.status == 200 { (yes, no, true) } else { (no, yes, false) };
        let too_late = format!("Inquiry \"{id}\" has already been responded to.");
        assert_eq!((winner.status, loser.status, loser.fault()), (200, 400, too_late));
        let execution = server.get(&format!("/v1/executions/{id}")).await.json();
        assert_eq!(execution["result"]["response"], json!({"ok": said}));
        assert_eq!(execution["context"]["responded_by"], "stanley");
        assert_eq!(execution["log"].as_array().unwrap().len(), 4, "{execution}");
    }
}

#[tokio::test]
async fn who_waits_longest_is_listed_first() {
    let server = Server::start().await;
    let first = asked(&server, &[]).await;
    server.clock.advance(Duration::from_secs(1));
    let ids = [first, asked(&server, &[]).await];
    let listed = server.get("/v1/inquiries?include_attributes=id").await.json();
    assert_eq!(listed, json!([{"id": ids[0]}, {"id": ids[1]}]));
    assert_eq!(server.get("/v1/inquiries?limit=1&include_attributes=id").await.json(), json!([{"id": ids[0]}]));
}

#[tokio::test]
async fn whose_time_is_over_takes_no_answer() {
    let server = Server::start().await;
    let id = asked(&server, &[]).await;
    let inquiry = server.context.store.executions.get(&id).await.unwrap().unwrap();
    inquiries::time_out(&server.context, inquiry).await.unwrap().moved().unwrap();
    let path = format!("/v1/inquiries/{id}");
    let expected = format!("Inquiry \"{id}\" timed out and cannot be responded to.");
    let late = server.put(&path, json!({"id": id, "response": {"ok": true}})).await;
    assert_eq!((late.status, late.fault()), (400, expected.clone()));
    assert_eq!(server.get(&path).await.fault(), expected);
    let execution = server.get(&format!("/v1/executions/{id}")).await.json();
    assert_eq!((&execution["status"], &execution["result"]["ttl"]), (&json!("timeout"), &json!(60)));
}

#[tokio::test]
async fn what_an_answer_must_keep_secret_is_masked_wherever_its_execution_is_shown() {
    let server = Server::start().await;
    let id = asked(&server, &[]).await;
    let answer = json!({"id": id, "response": {"ok": true, "pin": "hush"}});
    assert_eq!(server.put(&format!("/v1/inquiries/{id}"), answer).await.status, 200);
    for path in [format!("/v1/executions/{id}"), format!("/v1/executions/{id}/attribute/result")] {
        let shown = server.get(&path).await.json();
        let result = shown.get("result").unwrap_or(&shown);
        assert_eq!(result["response"], json!({"ok": true, "pin": "********"}), "{path}");
    }
    let clear = server.get(&format!("/v1/executions/{id}?show_secrets=true")).await.json();
    assert_eq!(clear["result"]["response"]["pin"], "hush");
}

#[tokio::test]
async fn only_those_who_are_asked_may_answer() {
    let server = Server::start().await;
    let id = asked(&server, &["somebody"]).await;
    let refused = server.put(&format!("/v1/inquiries/{id}"), json!({"id": id, "response": {"ok": true}})).await;
    let expected = format!("User \"stanley\" does not have permission to respond to inquiry \"{id}\".");
    assert_eq!((refused.status, refused.fault()), (403, expected));
}
