//! `/healthz` and `/readyz`: what is asked of load balancers and people at night.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use squall_api::HealthFace;
use squall_service::{Context, Service};
use squall_testkit::Sandbox;
use tokio::net::TcpListener;

use crate::support::{Answer, Server, send};

async fn readiness(server: &Server) -> Answer {
    send(server.api, "GET", "/readyz", &[], "").await
}

#[tokio::test]
async fn readiness_names_each_part_and_since_when_it_is_so() {
    let server = Server::start().await;
    server.context.health.role_runs("rulesengine", server.context.now());
    let before = readiness(&server).await;
    assert_eq!(before.status, 200, "{}", before.text);
    let since = before.json()["store"]["since"].clone();
    server.advance(60);

    server.context.health.role_ended("rulesengine", "its queue is gone", server.context.now());
    let after = readiness(&server).await;
    assert_eq!(after.status, 503, "{}", after.text);
    let found = after.json();
    assert_eq!(found["ready"], false);
    assert_eq!(found["store"]["since"], since, "the store was fine all the time");
    assert_eq!(found["roles"]["rulesengine"]["reason"], "its queue is gone");
    assert_eq!(found["roles"]["rulesengine"]["since"], server.context.now().to_string());
    assert_eq!(send(server.api, "GET", "/healthz", &[], "").await.status, 200, "alive all the same");
}

#[tokio::test]
async fn a_bus_that_is_gone_and_a_stop_make_a_process_unready() {
    let server = Server::start().await;
    server.context.bus.close().await;
    let cut = readiness(&server).await;
    assert_eq!((cut.status, cut.json()["bus"]["ok"].as_bool()), (503, Some(false)), "{}", cut.text);
    assert!(cut.json()["bus"]["reason"].is_string(), "{}", cut.text);

    let other = Server::start().await;
    other.context.tasks.stop();
    let stopping = readiness(&other).await;
    assert_eq!((stopping.status, stopping.json()["stopping"].as_bool()), (503, Some(true)), "{}", stopping.text);
}

#[tokio::test]
async fn a_process_without_a_face_of_the_api_has_a_port_for_health_and_nothing_else() {
    let sandbox = Sandbox::new(squall_store_sqlite::open_in_memory().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ended = run(HealthFace::new(listener), sandbox.context.clone());
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/v1/actions", 404), ("/", 404)] {
        assert_eq!(send(address, "GET", path, &[], "").await.status, status, "{path}");
    }
    sandbox.context.tasks.close();
    tokio::time::timeout(Duration::from_secs(20), ended.1).await.unwrap().unwrap();
    assert!(ended.0.load(Ordering::SeqCst), "it closes with the process");
}

/// Runs the face; the flag is up once it has ended without an error.
fn run(face: HealthFace, context: Context) -> (Arc<AtomicBool>, tokio::task::JoinHandle<()>) {
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    let task = tokio::spawn(async move {
        flag.store(Box::new(face).run(context).await.is_ok(), Ordering::SeqCst);
    });
    (ended, task)
}
