//! Server-sent events.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_bus::{Announcement, Change, Message};
use squall_model::{Execution, Id, Map, OutputChunk, OutputType, Status};
use squall_service::{ActionTriggers, ExecutionRequest, Settings, move_to, publish_quietly, request_execution};
use squall_store::{Patch, Write};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::support::{Server, request};

/// Reads until the text is there; a stream that ends or stalls without it fails the test by never returning it.
async fn read_until(connection: &mut TcpStream, wanted: &str) -> String {
    let mut received = String::new();
    let mut buffer = [0; 4096];
    while !received.contains(wanted) {
        let count = connection.read(&mut buffer).await.unwrap();
        assert_ne!(count, 0, "the stream ended before {wanted:?}: {received}");
        received.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    received
}

fn chunk(execution: Id, data: &str) -> OutputChunk {
    OutputChunk {
        id: Id::derived(&["chunk", data]),
        execution_id: execution,
        action_ref: "core.noop".to_owned(),
        runner_ref: "noop".to_owned(),
        timestamp: squall_model::Timestamp::default(),
        output_type: OutputType::Stdout,
        data: data.to_owned(),
    }
}

#[tokio::test]
async fn the_stream_tells_what_happens_and_ends_with_the_execution_asked_for() {
    let server = Server::start().await;
    let ask = ExecutionRequest { action: "core.noop".to_owned(), user: "me".to_owned(), ..ExecutionRequest::default() };
    let execution = request_execution(&server.context, ask).await.unwrap().execution;
    let path = format!(
        "/v1/stream?events=st2.execution__update,st2.announcement__*&end_execution_id={}&end_event=st2.execution__update",
        execution.id
    );
    let mut connection = request(server.stream, "GET", &path, &[], "").await;
    let head = read_until(&mut connection, "\r\n\r\n").await;
    assert!(head.contains("content-type: text/event-stream; charset=UTF-8"), "{head}");
    let announcement =
        Announcement { route: "chatops".to_owned(), payload: json!({"k": 1}), trace_context: Map::new() };
    publish_quietly(&server.context, Message::Announcement(Arc::new(announcement))).await;
    move_to(&server.context, execution, Status::Canceled, Patch::default(), Vec::new()).await.unwrap();
    let mut rest = String::new();
    connection.read_to_string(&mut rest).await.unwrap();
    assert!(
        rest.contains("event: st2.announcement__chatops\ndata: {\"payload\":{\"k\":1},\"trace_context\":null}\n\n"),
        "{rest}"
    );
    assert!(rest.contains("event: st2.execution__update\ndata: {"), "{rest}");
    assert!(!rest.contains("liveaction__"), "{rest}");
}

#[tokio::test]
async fn output_is_followed_from_the_store_into_the_present_without_repeats() {
    let server = Server::start().await;
    let ask = ExecutionRequest { action: "core.noop".to_owned(), user: "me".to_owned(), ..ExecutionRequest::default() };
    let execution = request_execution(&server.context, ask).await.unwrap().execution;
    let (id, outputs) = (execution.id, &server.context.store.outputs);
    outputs.append(vec![chunk(id, "first")]).await.unwrap();
    let mut connection = request(server.stream, "GET", &format!("/v1/executions/{id}/output"), &[], "").await;
    let mut received = read_until(&mut connection, "first").await;
    outputs.append(vec![chunk(id, "second")]).await.unwrap();
    publish_quietly(&server.context, Message::Output(Arc::new(chunk(id, "second")))).await;
    received += &read_until(&mut connection, "second").await;
    outputs.append(vec![chunk(id, "unheard")]).await.unwrap();
    move_to(&server.context, execution, Status::Canceled, Patch::default(), Vec::new()).await.unwrap();
    let mut rest = String::new();
    connection.read_to_string(&mut rest).await.unwrap();
    received += &rest;
    for text in ["\"data\":\"first\"", "\"data\":\"second\"", "\"data\":\"unheard\"", "event: EOF\ndata: ''\n\n"] {
        assert_eq!(received.matches(text).count(), 1, "{text} in {received}");
    }
    let stored = server.get(&format!("/v1/executions/{id}/output")).await;
    assert_eq!(stored.text, "firstsecondunheard");
    assert_eq!(stored.json(), Value::Null);
}

/// A workflow that runs, and its first action, which was just requested.
async fn workflow_with_action(server: &Server) -> (Arc<Execution>, Arc<Execution>) {
    let mut workflow = squall_testkit::execution("workflow", server.context.now());
    workflow.snapshot = squall_testkit::snapshot("mine", "flow", "orquesta");
    workflow.status = Status::Running;
    workflow.context.insert("workflow_execution".to_owned(), json!(Id::derived(&["engine"])));
    let mut action = squall_testkit::execution("action", server.context.now());
    action.parent = Some(workflow.id);
    action.workflow_execution = Some(Id::derived(&["engine"]));
    action.task_execution = Some(Id::derived(&["task"]));
    action.context.insert("orquesta".to_owned(), json!({"task_id": "build", "task_route": 0}));
    let (workflow, action) = (Arc::new(workflow), Arc::new(action));
    let writes = [&workflow, &action].map(|execution| Write::CreateExecution(Arc::clone(execution)));
    server.context.store.batch.commit(writes.into()).await.unwrap();
    (workflow, action)
}

/// Lets the action and then the workflow end well.
async fn play(server: &Server, workflow: Arc<Execution>, action: Arc<Execution>) {
    let message = Message::Execution { change: Change::Create, execution: Arc::clone(&action) };
    publish_quietly(&server.context, message).await;
    let mut action = action;
    for status in [Status::Scheduled, Status::Running, Status::Succeeded] {
        let patch = Patch { owner: Some(server.context.process), ..Patch::default() };
        action = move_to(&server.context, action, status, patch, Vec::new()).await.unwrap().moved().unwrap();
    }
    move_to(&server.context, workflow, Status::Succeeded, Patch::default(), Vec::new()).await.unwrap().moved().unwrap();
}

/// Returns the output in the events of a stream, put together.
fn output_in(received: &str) -> String {
    let events =
        received.split("\n\n").filter_map(|event| event.split_once("event: st2.execution.output__create\ndata: "));
    let chunks = events.map(|(_, data)| serde_json::from_str::<OutputChunk>(data).unwrap());
    chunks.map(|chunk| chunk.data).collect()
}

/// `st2 execution tail` of a workflow printed what its actions wrote, and nothing of the workflow itself.
#[tokio::test]
async fn who_listens_to_a_running_workflow_is_told_its_steps() {
    let server = Server::start().await;
    let (workflow, action) = workflow_with_action(&server).await;
    let expected = format!(
        r#"Identified the following set of tasks to execute next: build (route 0)
Requesting execution for task "build", route "0".
Task execution "{task}" created for task "build", route "0".
Action execution "{id}" requested for task "build", route "0".
Identifying next set (iter 1) of tasks for workflow execution in status "running".
No tasks identified to execute next.


Action execution "{id}" for task "build" is updated and in "scheduled" state.
Action execution "{id}" for task "build" is updated and in "running" state.
Action execution "{id}" for task "build" is updated and in "succeeded" state.
Handling completion of action execution "{id}" in status "succeeded" for task "build", route "0".
Updating task execution "{task}" for task "build" from status "running" to "succeeded".
Identifying next set (iter 0) of tasks after completion of task "build", route "0".
Updating workflow execution from status "running" to "succeeded".
Workflow action execution is completed and invoking post run.
The workflow execution is completed with status "succeeded".


"#,
        id = action.id,
        task = Id::derived(&["task"]),
    );
    let path = format!(
        "/v1/stream?events=st2.execution__update,st2.execution.output__create&end_execution_id={}&end_event=st2.execution__update",
        workflow.id
    );
    let mut connection = request(server.stream, "GET", &path, &[], "").await;
    read_until(&mut connection, "\r\n\r\n").await;
    play(&server, Arc::clone(&workflow), action).await;
    let mut received = String::new();
    connection.read_to_string(&mut received).await.unwrap();
    assert_eq!(output_in(&received), expected);
    let owner = format!("\"execution_id\":\"{}\"", workflow.id);
    assert_eq!(received.matches(&owner).count(), received.matches("output__create").count());
}

#[tokio::test]
async fn the_output_that_is_followed_tells_each_step_of_a_workflow_once() {
    let server = Server::start().await;
    let (workflow, action) = workflow_with_action(&server).await;
    let path = format!("/v1/executions/{}/output", workflow.id);
    let mut connection = request(server.stream, "GET", &path, &[], "").await;
    let mut received = read_until(&mut connection, "No tasks identified").await;
    play(&server, workflow, action).await;
    let mut rest = String::new();
    connection.read_to_string(&mut rest).await.unwrap();
    received.push_str(&rest);
    let told = output_in(&received);
    for line in [
        "Workflow execution",
        "Requesting execution for task",
        "is updated and in \"scheduled\" state",
        "is updated and in \"running\" state",
        "is updated and in \"succeeded\" state",
        "The workflow execution is completed with status \"succeeded\"",
    ] {
        assert_eq!(told.matches(line).count(), 1, "{line} in {told}");
    }
    assert!(rest.contains("event: EOF\ndata: ''\n\n"), "{rest}");

    let mut connection = request(server.stream, "GET", &path, &[], "").await;
    let mut again = String::new();
    connection.read_to_string(&mut again).await.unwrap();
    assert_eq!(output_in(&again), server.get(&path).await.text);
    let mut connection = request(server.stream, "GET", &format!("{path}?output_type=stdout"), &[], "").await;
    let mut none = String::new();
    connection.read_to_string(&mut none).await.unwrap();
    assert_eq!(output_in(&none), "");
}

/// A workflow whose first step begins two actions, each told of when the other is stored already.
async fn workflow_with_two_actions(server: &Server) -> (Arc<Execution>, [Arc<Execution>; 2]) {
    let (workflow, build) = workflow_with_action(server).await;
    let mut test = squall_testkit::execution("other action", server.context.now());
    test.parent = Some(workflow.id);
    test.workflow_execution = build.workflow_execution;
    test.task_execution = Some(Id::derived(&["other task"]));
    test.context.insert("orquesta".to_owned(), json!({"task_id": "test", "task_route": 0}));
    let test = Arc::new(test);
    server.context.store.batch.commit(vec![Write::CreateExecution(Arc::clone(&test))]).await.unwrap();
    (workflow, [build, test])
}

/// Tells of the request for one action, lets it be scheduled, and only then tells of the other.
async fn begin_both(server: &Server, [build, test]: [Arc<Execution>; 2]) {
    let request =
        |action: &Arc<Execution>| Message::Execution { change: Change::Create, execution: Arc::clone(action) };
    publish_quietly(&server.context, request(&build)).await;
    move_to(&server.context, build, Status::Scheduled, Patch::default(), Vec::new()).await.unwrap();
    publish_quietly(&server.context, request(&test)).await;
    move_to(&server.context, test, Status::Scheduled, Patch::default(), Vec::new()).await.unwrap();
}

/// How the last event ends that [`begin_both`] leads to.
const BOTH_BEGAN: &str = concat!(r#"for task \"test\" is updated and in \"scheduled\" state.\n"}"#, "\n\n");

fn check_that_both_begin_together(told: &str) {
    for (line, count) in [
        ("Identified the following set of tasks to execute next: build (route 0), test (route 0)\n", 1),
        ("Identified the following set", 1),
        ("No tasks identified to execute next.", 1),
        ("requested for task \"build\"", 1),
        ("requested for task \"test\"", 1),
        ("for task \"build\" is updated and in \"scheduled\" state", 1),
    ] {
        assert_eq!(told.matches(line).count(), count, "{line} in {told}");
    }
}

/// The live stream told two tasks that a workflow begins together as two sets of tasks.
#[tokio::test]
async fn tasks_that_begin_together_are_told_as_one_set() {
    let server = Server::start().await;
    let (_, actions) = workflow_with_two_actions(&server).await;
    let path = "/v1/stream?events=st2.execution.output__create";
    let mut connection = request(server.stream, "GET", path, &[], "").await;
    let mut received = read_until(&mut connection, "\r\n\r\n").await;
    begin_both(&server, actions).await;
    received += &read_until(&mut connection, BOTH_BEGAN).await;
    check_that_both_begin_together(&output_in(&received));
}

/// So did the output that is followed.
#[tokio::test]
async fn output_that_is_followed_tells_tasks_that_begin_together_as_one_set() {
    let server = Server::start().await;
    let mut workflow = squall_testkit::execution("workflow", server.context.now());
    workflow.snapshot = squall_testkit::snapshot("mine", "flow", "orquesta");
    workflow.status = Status::Running;
    server.context.store.batch.commit(vec![Write::CreateExecution(Arc::new(workflow.clone()))]).await.unwrap();
    let path = format!("/v1/executions/{}/output", workflow.id);
    let mut connection = request(server.stream, "GET", &path, &[], "").await;
    let mut received = read_until(&mut connection, "\r\n\r\n").await;
    let (_, actions) = workflow_with_two_actions(&server).await;
    begin_both(&server, actions).await;
    received += &read_until(&mut connection, BOTH_BEGAN).await;
    check_that_both_begin_together(&output_in(&received));
}

/// Returns the data of the events with this name.
fn events(received: &str, name: &str) -> Vec<Value> {
    let start = format!("event: {name}\ndata: ");
    let events = received.split("\n\n").filter_map(|event| event.split_once(&start));
    events.map(|(_, data)| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn events_look_as_clients_of_stackstorm_know_them() {
    let server = Server::start().await;
    let (workflow, action) = workflow_with_action(&server).await;
    let path = format!("/v1/stream?end_execution_id={}&end_event=st2.execution__update", workflow.id);
    let mut connection = request(server.stream, "GET", &path, &[], "").await;
    read_until(&mut connection, "\r\n\r\n").await;
    let publish = |execution| Message::Execution { change: Change::Create, execution };
    publish_quietly(&server.context, publish(Arc::clone(&action))).await;
    let patch = Patch::result(&json!({"output": {"a": 1}}));
    move_to(&server.context, Arc::clone(&workflow), Status::Succeeded, patch, Vec::new()).await.unwrap();
    let mut received = String::new();
    connection.read_to_string(&mut received).await.unwrap();

    let asked = &events(&received, "st2.liveaction__create")[0];
    assert_eq!((&asked["id"], &asked["result"]), (&json!(action.liveaction_id), &json!("{}")));
    assert_eq!(asked["task_execution"], json!(action.task_execution));
    assert_eq!(asked.get("end_timestamp"), None);
    let ended = &events(&received, "st2.liveaction__update")[0];
    assert_eq!(ended["result"], r#"{"output":{"a":1}}"#);
    assert!(ended["end_timestamp"].is_string(), "{ended}");
    assert_eq!(events(&received, "st2.execution__update")[0]["children"], json!([action.id]));
}

/// A request that was refused because its parameters did not render showed up in the history of the web client at its next visit only.
#[tokio::test]
async fn a_request_whose_parameters_do_not_render_is_told_as_an_end() {
    let settings = Settings { auth_enabled: false, action_triggers: ActionTriggers::Always, ..Settings::default() };
    let server = Server::start_with(settings).await;
    let mut connection = request(server.stream, "GET", "/v1/stream?events=st2.execution__*", &[], "").await;
    read_until(&mut connection, "\r\n\r\n").await;
    let action =
        json!({"name": "say", "pack": "default", "runner_type": "noop", "parameters": {"text": {"type": "string"}}});
    assert_eq!(server.post("/v1/actions", action).await.status, 201);
    let given = json!({"action": "default.say", "parameters": {"text": "{{ nosuch.deep }}"}});
    assert_eq!(server.post("/v1/executions", given).await.status, 400);
    let received = read_until(&mut connection, "}\n\n").await;
    let told = events(&received, "st2.execution__update");
    assert_eq!((told.len(), &told[0]["status"]), (1, &json!("failed")), "{received}");
    let path = "/v1/triggerinstances?trigger=core.st2.generic.actiontrigger";
    let events = server.get(path).await.json();
    assert_eq!(events[0]["payload"]["execution_id"], told[0]["id"]);
}
