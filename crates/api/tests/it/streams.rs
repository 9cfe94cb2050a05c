//! Server-sent events.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_bus::{Announcement, Message};
use squall_model::{Id, Map, OutputChunk, OutputType, Status};
use squall_service::{ExecutionRequest, move_to, publish_quietly, request_execution};
use squall_store::Patch;
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
