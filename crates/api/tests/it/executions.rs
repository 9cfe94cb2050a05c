//! Executions: requested, shown, listed, canceled.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use squall_model::{ConfigSchema, Execution, Id, LogEntry, Status, Timestamp};
use squall_service::move_to;
use squall_store::{Patch, Write};

use crate::support::{Server, send};

async fn requested(server: &Server, body: Value) -> Value {
    let answer = server.post("/v1/executions", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn an_execution_is_shown_as_it_was_requested_and_without_what_is_empty() {
    let server = Server::start().await;
    let created = requested(&server, json!({"action": "core.noop"})).await;
    assert_eq!(created["status"], "requested");
    assert_eq!(created["action"]["ref"], "core.noop");
    assert_eq!(created["liveaction"]["action"], "core.noop");
    assert_eq!(created["context"], json!({"user": "stanley", "pack": "core"}));
    for absent in ["parameters", "result", "end_timestamp", "parent", "children", "delay"] {
        assert_eq!(created.get(absent), None, "{absent}");
    }
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["web_url"], format!("https://localhost/#/history/{id}/general"));
    assert_eq!(server.get(&format!("/v1/executions/{id}")).await.json(), created);
    assert_eq!(server.get("/actionexecutions/last").await.json(), created);
}

#[tokio::test]
async fn identity_in_the_context_is_the_requesters_own() {
    let server = Server::start().await;
    let context = json!({"user": "mallory", "api_user": "mallory", "pack": "x", "source": "me"});
    let created = requested(&server, json!({"action": "core.noop", "context": context})).await;
    assert_eq!(created["context"], json!({"user": "stanley", "pack": "core", "source": "me"}));
    let header = [("st2-context", r#"{"user": "mallory", "more": 1}"#)];
    let answer = send(server.api, "POST", "/v1/executions", &header, r#"{"action": "core.noop"}"#).await;
    assert_eq!(answer.json()["context"], json!({"user": "stanley", "pack": "core", "more": 1}));
    for (text, kind) in [("nonsense", "str"), ("[1]", "list")] {
        let answer =
            send(server.api, "POST", "/v1/executions", &[("st2-context", text)], r#"{"action": "core.noop"}"#).await;
        let expected = format!("Unable to convert st2-context from the headers into JSON (was <class '{kind}'>).");
        assert_eq!((answer.status, answer.fault()), (400, expected));
    }
}

#[tokio::test]
async fn lists_filter_page_and_choose_attributes() {
    let server = Server::start().await;
    for action in ["core.noop", "examples.noop", "core.noop"] {
        requested(&server, json!({"action": action})).await;
        server.advance(1);
    }
    let all = server.get("/v1/executions?include_attributes=action.ref").await;
    assert_eq!((all.header("X-Total-Count"), all.header("X-Limit")), (Some("3"), Some("100")));
    let references: Vec<Value> =
        all.json().as_array().unwrap().iter().map(|item| item["action"]["ref"].clone()).collect();
    assert_eq!(references, ["core.noop", "examples.noop", "core.noop"]);
    let part =
        json!({"ref": "core.noop", "uid": "action:core:noop", "pack": "core", "parameters": {}, "output_schema": {}});
    assert_eq!(all.json()[0]["action"], part);
    let one = server.get("/v1/executions?action=examples.noop&exclude_attributes=status&parent=null").await.json();
    assert_eq!((one.as_array().unwrap().len(), one[0].get("status")), (1, None));
    let page = server.get("/v1/executions?limit=1&offset=1&sort_asc=True").await;
    assert_eq!(
        (page.json()[0]["action"]["ref"].as_str(), page.header("X-Total-Count")),
        (Some("examples.noop"), Some("3"))
    );
    assert_eq!(server.get("/v1/executions?status=running").await.json(), json!([]));
}

#[tokio::test]
async fn what_nobody_runs_is_canceled_at_once_and_what_runs_is_asked_to_stop() {
    let server = Server::start().await;
    let waiting = requested(&server, json!({"action": "core.noop"})).await;
    let path = format!("/v1/executions/{}", waiting["id"].as_str().unwrap());
    let canceled = server.delete(&path).await.json();
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["result"], json!({"message": "Action canceled by user.", "user": "stanley"}));
    assert_eq!(canceled["context"]["cancelled_by"], "stanley");
    assert_eq!(server.delete(&path).await.json()["status"], "canceled");

    let running = requested(&server, json!({"action": "core.noop"})).await;
    let id: Id = running["id"].as_str().unwrap().parse().unwrap();
    let execution = server.context.store.executions.get(&id).await.unwrap().unwrap();
    let owned = Patch { owner: Some(server.context.process), ..Patch::default() };
    move_to(&server.context, execution, Status::Running, owned, Vec::new()).await.unwrap().moved().unwrap();
    let path = format!("/v1/executions/{id}");
    let paused = server.put(&path, json!({"status": "pausing"})).await;
    assert!(paused.fault().ends_with("because it is not supported by the \"noop\" runner."), "{}", paused.text);
    assert_eq!(server.put(&path, json!({"status": "canceled"})).await.json()["status"], "canceling");
    let refused = server.delete(&path).await;
    assert_eq!((refused.status, refused.fault().as_str()), (200, "Action cannot be canceled. State = canceling."));
}

#[tokio::test]
async fn a_result_from_outside_ends_an_execution() {
    let server = Server::start().await;
    let created = requested(&server, json!({"action": "core.noop"})).await;
    let id: Id = created["id"].as_str().unwrap().parse().unwrap();
    let execution = server.context.store.executions.get(&id).await.unwrap().unwrap();
    let owned = Patch { owner: Some(server.context.process), ..Patch::default() };
    move_to(&server.context, execution, Status::Running, owned, Vec::new()).await.unwrap();
    let path = format!("/v1/executions/{id}");
    assert_eq!(server.put(&path, json!({"result": {"x": 1}})).await.status, 400);
    let ended = server.put(&path, json!({"status": "succeeded", "result": {"x": 1}})).await.json();
    assert_eq!((&ended["status"], &ended["result"]), (&json!("succeeded"), &json!({"x": 1})));
    let again = server.put(&path, json!({"status": "succeeded"})).await;
    assert_eq!((again.status, again.fault().as_str()), (400, "Execution is already in completed state."));
    assert_eq!(server.get(&format!("{path}/result")).await.text, r#"{"x":1}"#);
    assert_eq!(server.get(&format!("{path}/attribute/status")).await.json(), "succeeded");
    assert_eq!(server.get(&format!("{path}/attribute/log")).await.status, 400);
    let rerun = server.post(&format!("{path}/re_run"), json!({})).await.json();
    assert_eq!(rerun["context"]["re-run"], json!({"ref": id}));
    let small = server.get(&format!("{path}?max_result_size=1")).await.json();
    assert_eq!((small.get("result"), &small["result_size"]), (None, &json!(7)));
}

async fn add_action(server: &Server, parameters: Value) {
    let body = json!({"name": "say", "pack": "default", "runner_type": "noop", "parameters": parameters});
    let answer = server.post("/v1/actions", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}

#[tokio::test]
async fn a_request_whose_parameters_do_not_render_is_refused_and_kept_as_failed() {
    let server = Server::start().await;
    add_action(&server, json!({"text": {"type": "string"}, "number": {"type": "integer"}})).await;
    let given = json!({"text": "{{ nosuch.deep }}"});
    let refused = server.post("/v1/executions", json!({"action": "default.say", "parameters": given})).await;
    let reason = "Dependency unsatisfied in variable \"nosuch\"";
    assert_eq!((refused.status, refused.fault().as_str()), (400, reason));
    let kept = server.get("/v1/executions?status=failed").await.json();
    assert_eq!(kept.as_array().unwrap().len(), 1);
    let kept = server.get(&format!("/v1/executions/{}", kept[0]["id"].as_str().unwrap())).await.json();
    assert_eq!((&kept["parameters"], &kept["result"]), (&given, &json!({"error": reason, "traceback": ""})));
    let moves: Vec<&Value> = kept["log"].as_array().unwrap().iter().map(|entry| &entry["status"]).collect();
    assert_eq!(moves, ["requested", "failed"]);
    assert!(kept["end_timestamp"].is_string(), "{kept}");

    for unfit in [json!({"number": "x"}), json!({"unknown": 1})] {
        assert_eq!(
            server.post("/v1/executions", json!({"action": "default.say", "parameters": unfit})).await.status,
            400
        );
    }
    assert_eq!(server.get("/v1/executions").await.header("X-Total-Count"), Some("1"));
}

#[tokio::test]
async fn templates_see_the_defaults_of_a_packs_configuration() {
    let server = Server::start().await;
    add_action(&server, json!({"text": {"type": "string"}})).await;
    let Value::Object(attributes) =
        json!({"region": {"type": "string", "default": "eu"}, "retries": {"type": "integer", "default": 3}})
    else {
        unreachable!()
    };
    let schema = ConfigSchema { id: Id::derived(&["schema"]), pack: "default".to_owned(), attributes };
    server.context.store.config_schemas.put(schema).await.unwrap();
    let text = "{{ config_context.region }} {{ config_context.retries }}";
    let made = requested(&server, json!({"action": "default.say", "parameters": {"text": text}})).await;
    assert_eq!(made["parameters"], json!({"text": "eu 3"}));
}

#[tokio::test]
async fn a_callback_is_kept_and_shown_although_nothing_is_called() {
    let server = Server::start().await;
    let callback = json!({"url": "http://nowhere.invalid", "source": "a test"});
    let made = requested(&server, json!({"action": "core.noop", "callback": callback})).await;
    assert_eq!(made["liveaction"]["callback"], callback);
    let path = format!("/v1/executions/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(&path).await.json()["liveaction"]["callback"], callback);
    let refused = server.post("/v1/executions", json!({"action": "core.noop", "callback": "x"})).await;
    assert_eq!((refused.status, refused.fault().as_str()), (400, "'x' is not of type 'object'"));
}

#[tokio::test]
async fn the_result_of_an_execution_that_does_not_exist_is_no_resource() {
    let server = Server::start().await;
    for id in ["5f0000000000000000000000", "nosuch"] {
        let refused = server.get(&format!("/v1/executions/{id}/result")).await;
        assert_eq!((refused.status, refused.fault().as_str()), (404, "The resource could not be found."));
    }
}

#[tokio::test]
async fn the_answers_to_cancel_and_pause_name_a_workflows_children() {
    let server = Server::start().await;
    let start = server.context.now();
    let mut workflow = squall_testkit::execution("workflow", start);
    workflow.snapshot = squall_testkit::snapshot("mine", "flow", "orquesta");
    workflow.status = Status::Running;
    workflow.owner = Some(server.context.process);
    let child = task(&workflow, "build", start, &[Status::Scheduled, Status::Running]);
    let (path, children) = (format!("/v1/executions/{}", workflow.id), json!([child.id]));
    let writes = [workflow, child].map(|execution| Write::CreateExecution(Arc::new(execution)));
    server.context.store.batch.commit(writes.into()).await.unwrap();
    for (status, asked) in
        [("pausing", server.put(&path, json!({"status": "paused"})).await), ("canceling", server.delete(&path).await)]
    {
        assert_eq!((&asked.json()["status"], &asked.json()["children"]), (&json!(status), &children), "{}", asked.text);
    }
}

/// It was set to `running` past its engine, paused again by itself, and waited for ever.
#[tokio::test]
async fn a_workflow_that_pauses_is_not_set_running_over_its_engines_head() {
    let server = Server::start().await;
    let cases = [(Status::Pausing, 400, Status::Pausing), (Status::Paused, 200, Status::Resuming)];
    for (status, answer, afterwards) in cases {
        let mut workflow = squall_testkit::execution(status.as_str(), server.context.now());
        workflow.snapshot = squall_testkit::snapshot("mine", "flow", "orquesta");
        workflow.status = status;
        let (id, path) = (workflow.id, format!("/v1/executions/{}", workflow.id));
        server.context.store.batch.commit(vec![Write::CreateExecution(Arc::new(workflow))]).await.unwrap();
        let asked = server.put(&path, json!({"status": "running"})).await;
        assert_eq!(asked.status, answer, "{}", asked.text);
        let stored = server.context.store.executions.get(&id).await.unwrap().unwrap();
        assert_eq!(stored.status, afterwards);
    }
}

/// A workflow's action that was requested at the first moment and went through the statuses, a second each.
fn task(workflow: &Execution, word: &str, start: Timestamp, statuses: &[Status]) -> Execution {
    let mut task = Execution {
        parent: Some(workflow.id),
        workflow_execution: Some(Id::derived(&["workflow"])),
        task_execution: Some(Id::derived(&["task", word])),
        ..squall_testkit::execution(word, start)
    };
    task.context.insert("orquesta".to_owned(), json!({"task_id": word, "task_route": 0}));
    for (second, status) in statuses.iter().enumerate() {
        task.log.push(LogEntry { timestamp: start.after(Duration::from_secs(second as u64)), status: *status });
        task.status = *status;
    }
    task
}

#[tokio::test]
async fn the_output_of_a_workflow_tells_its_steps() {
    let server = Server::start().await;
    let start = server.context.now();
    let mut workflow = squall_testkit::execution("workflow", start);
    workflow.snapshot = squall_testkit::snapshot("mine", "flow", "orquesta");
    workflow.status = Status::Succeeded;
    let statuses = [Status::Scheduled, Status::Running, Status::Succeeded];
    let first = task(&workflow, "build", start, &statuses);
    let second = task(&workflow, "ship", start.after(Duration::from_secs(3)), &statuses);
    let expected = format!(
        r#"Workflow execution "{workflow}" is created.
Processing request for workflow execution.
Requesting conductor to start running workflow execution.
Identifying next set (iter 0) of tasks for workflow execution in status "running".
Identified the following set of tasks to execute next: build (route 0)
Updating workflow execution from status "requested" to "running".
Requesting execution for task "build", route "0".
Task execution "{build_task}" created for task "build", route "0".
Action execution "{build}" requested for task "build", route "0".
Identifying next set (iter 1) of tasks for workflow execution in status "running".
No tasks identified to execute next.


Action execution "{build}" for task "build" is updated and in "scheduled" state.
Action execution "{build}" for task "build" is updated and in "running" state.
Action execution "{build}" for task "build" is updated and in "succeeded" state.
Handling completion of action execution "{build}" in status "succeeded" for task "build", route "0".
Updating task execution "{build_task}" for task "build" from status "running" to "succeeded".
Identifying next set (iter 0) of tasks after completion of task "build", route "0".
Identified the following set of tasks to execute next: ship (route 0)
Requesting execution for task "ship", route "0".
Task execution "{ship_task}" created for task "ship", route "0".
Action execution "{ship}" requested for task "ship", route "0".
Identifying next set (iter 1) of tasks for workflow execution in status "running".
No tasks identified to execute next.


Action execution "{ship}" for task "ship" is updated and in "scheduled" state.
Action execution "{ship}" for task "ship" is updated and in "running" state.
Action execution "{ship}" for task "ship" is updated and in "succeeded" state.
Handling completion of action execution "{ship}" in status "succeeded" for task "ship", route "0".
Updating task execution "{ship_task}" for task "ship" from status "running" to "succeeded".
Updating workflow execution from status "running" to "succeeded".
Workflow action execution is completed and invoking post run.
Identifying next set (iter 0) of tasks after completion of task "ship", route "0".
No tasks identified to execute next.


The workflow execution is completed with status "succeeded".


"#,
        workflow = Id::derived(&["workflow"]),
        build = first.id,
        build_task = Id::derived(&["task", "build"]),
        ship = second.id,
        ship_task = Id::derived(&["task", "ship"]),
    );
    let path = format!("/v1/executions/{}/output", workflow.id);
    let writes = [workflow, first, second].map(|execution| Write::CreateExecution(Arc::new(execution)));
    server.context.store.batch.commit(writes.into()).await.unwrap();
    assert_eq!(server.get(&path).await.text, expected);
    assert_eq!(server.get(&format!("{path}?output_type=stdout")).await.text, "");
}
