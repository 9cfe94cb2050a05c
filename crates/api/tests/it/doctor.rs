//! `/v1/doctor`: for administrators, and what it asks for is heard by every sweep.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_bus::{Disturbance, Exchange, Heard, Message};
use squall_service::{Settings, ask_for_what_was_lost, hear_sweep_requests, publish_quietly};
use squall_testkit::Sandbox;

use crate::authentication::{server, token};
use crate::support::{Server, send};

#[tokio::test]
async fn only_administrators_see_what_is_stuck_and_ask_for_sweeps() {
    let server = server().await;
    let (alice, root) = (token(&server, "alice:wonder").await, token(&server, "root:toor").await);
    for (method, path, status) in [("GET", "/v1/doctor", 200), ("POST", "/v1/doctor/sweep", 202)] {
        let refused = send(server.api, method, path, &[("X-Auth-Token", &alice)], "{}").await;
        assert_eq!(refused.status, 403, "{method} {path}: {}", refused.text);
        let allowed = send(server.api, method, path, &[("X-Auth-Token", &root)], "{}").await;
        assert_eq!(allowed.status, status, "{method} {path}: {}", allowed.text);
    }
}

#[tokio::test]
async fn an_execution_that_nobody_schedules_is_found_with_its_age() {
    let server = Server::start().await;
    let made = send(server.api, "POST", "/v1/executions", &[], &json!({"action": "core.noop"}).to_string()).await;
    assert_eq!(server.get("/v1/doctor").await.json()["healthy"], true, "it is young");
    server.advance(31);
    let report = server.get("/v1/doctor").await.json();
    assert_eq!(report["healthy"], false, "{report:#}");
    let found = &report["findings"][0];
    assert_eq!((&found["kind"], &found["repair"]), (&json!("execution_resting"), &json!("schedule it")));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert!(found["subject"].as_str().unwrap().contains(&id), "{found}");
    assert_eq!(found["since"], made.json()["start_timestamp"], "{found}");
}

#[tokio::test]
async fn a_request_for_sweeps_reaches_every_sweep_of_a_process() {
    let server = Server::start().await;
    let mut witness = server.context.bus.listen(&[Exchange::Catalogue]).await.unwrap();
    let mut sweeps = [server.context.sweep_requests(), server.context.sweep_requests()];
    tokio::spawn(hear_sweep_requests(server.context.clone()));
    tokio::task::yield_now().await;
    assert_eq!(send(server.api, "POST", "/v1/doctor/sweep", &[], "{}").await.status, 202);
    assert!(matches!(witness.next().await, Some(Heard::Message(Message::Catalogue { kind: "sweep", .. }))));
    for sweep in &mut sweeps {
        tokio::time::timeout(Duration::from_secs(20), sweep.next()).await.expect("the sweep is asked for");
    }
}

#[tokio::test]
async fn what_the_bus_refused_is_swept_for_as_soon_as_it_takes_messages_again() {
    let refusing = Disturbance { refuse: Some(|number| number <= 3), ..Disturbance::default() };
    let store = squall_store_sqlite::open_in_memory().unwrap();
    let sandbox = Sandbox::with(store, Settings::default(), refusing, Arc::default());
    let mut sweep = sandbox.context.sweep_requests();
    tokio::spawn(hear_sweep_requests(sandbox.context.clone()));
    tokio::spawn(ask_for_what_was_lost(sandbox.context.clone()));
    tokio::task::yield_now().await;
    publish_quietly(&sandbox.context, Message::Catalogue { kind: "rule", id: sandbox.context.process }).await;
    let _time = sandbox.let_time_pass(Duration::from_millis(100));
    tokio::time::timeout(Duration::from_secs(20), sweep.next()).await.expect("the sweep is asked for");
}
