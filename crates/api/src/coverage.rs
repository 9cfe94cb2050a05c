//! What holds for the route table as a whole.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use http::StatusCode;
use squall_bus::InProcessBus;
use squall_model::{Id, RunnerInfo, Secret};
use squall_service::{Context, ContextParts, ServiceTokens, Settings, SystemEntropy, Tasks};
use squall_testkit::ManualClock;

use crate::dispatch::{self, Port};
use crate::routes::{Access, Face, RouteTable};
use crate::state::State;

/// StackStorm's operations, and those of them that are not served yet. The second list may only get shorter.
const OPERATIONS: &str = include_str!("../tests/operations.txt");
const UNSERVED: &str = include_str!("../tests/unserved_operations.txt");

/// Paths that everybody may call: whoever adds one has to add it here too.
const PUBLIC: [&str; 4] = ["/sso", "/sso/callback", "/sso/request", "/tokens"];

fn state() -> Arc<State> {
    let context = Context::new(ContextParts {
        store: squall_store_sqlite::open_in_memory().unwrap(),
        bus: Arc::new(InProcessBus::default()),
        clock: Arc::new(ManualClock::default()),
        entropy: Arc::new(SystemEntropy),
        settings: Settings::default(),
        datastore_key: None,
        service_tokens: ServiceTokens::new(Secret::new("s")),
        tasks: Tasks::default(),
        process: Id::default(),
        runner_info: RunnerInfo { hostname: "h".to_owned(), pid: 1 },
    });
    Arc::new(State::new(context, None))
}

#[tokio::test]
async fn every_route_refuses_who_shows_no_credentials() {
    let state = state();
    for route in state.routes.routes().filter(|route| route.access == Access::Authenticated) {
        let path: Vec<&str> =
            route.path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let request = Request::builder().method(route.method.clone()).uri(path.join("/")).body(Body::empty()).unwrap();
        let response = dispatch::answer(Arc::clone(&state), Port::Of(route.face), request).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{} {}", route.method, route.path);
    }
}

#[test]
fn few_routes_are_public() {
    let table = RouteTable::complete();
    let public: BTreeSet<&str> =
        table.routes().filter(|route| route.access == Access::Public).map(|route| route.path).collect();
    assert_eq!(public, BTreeSet::from(PUBLIC));
}

/// Names of parameters do not matter.
fn normalised(operation: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    operation.trim_end_matches('/').split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn what_is_not_served_is_listed() {
    let served: BTreeSet<String> = RouteTable::complete()
        .routes()
        .map(|route| normalised(&format!("{} /{}/v1{}", route.method, route.face.prefix(), route.path)))
        .collect();
    let unserved: Vec<&str> = OPERATIONS.lines().filter(|line| !served.contains(&normalised(line))).collect();
    assert_eq!(unserved, UNSERVED.lines().collect::<Vec<_>>());
    assert_eq!(OPERATIONS.lines().count(), 121);
    assert!(served.len() > Face::ALL.len());
}
