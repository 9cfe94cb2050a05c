//! Somebody else holds the database: a backup, an operator's shell. Callers hear why, and nothing has to be started again afterwards.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::processes::actions_calling;
use crate::support::server::{Options, Server};
use crate::support::waiting::eventually;

/// How many executions are under way when the lock comes.
const UNDER_WAY: usize = 20;

#[test]
fn a_locked_database_is_said_and_work_resumes_by_itself() {
    let server = Server::start(Options::default());
    let released = server.directory.path().join("released");
    let waiting = json!({"cmd": format!("until [ -e {} ]; do sleep 0.05; done; echo done", released.display())});
    let ending_meanwhile = server.request("core.local", &waiting);
    eventually(
        "the action to run",
        || if actions_calling(server.api).is_empty() { Err("it does not") } else { Ok(()) },
    );
    put_key(&server, "before", 200);
    let under_way: Vec<String> = (0..UNDER_WAY).map(|_| server.request("core.noop", &json!({}))).collect();

    let intruder = Connection::open(server.data_dir().join("squall.db")).expect("the database opens beside the server");
    eventually("the lock", || intruder.execute_batch("BEGIN IMMEDIATE"));
    assert_reason(&put_key(&server, "during", 503));
    assert_reason(&server.post("/v1/executions", &json!({"action": "core.noop"})).expect(503));
    assert_eq!(server.get("/v1/keys/before")["value"], "before", "reading goes on");
    std::fs::write(&released, "").expect("a file can be written");
    eventually("the action to end", || if actions_calling(server.api).is_empty() { Ok(()) } else { Err("it runs") });
    assert_reason(&put_key(&server, "during", 503));
    intruder.execute_batch("ROLLBACK").expect("the lock can be given back");

    let ended = server.finished(&ending_meanwhile);
    assert_eq!((&ended["status"], &ended["result"]["stdout"]), (&json!("succeeded"), &json!("done")), "{ended}");
    for id in under_way {
        assert_eq!(server.finished(&id)["status"], "succeeded");
    }
    Request::get("/v1/keys/during").send(server.api).expect(404);
    put_key(&server, "after", 200);
    assert_eq!(server.run("core.noop", &json!({}))["status"], "succeeded");
}

fn put_key(server: &Server, name: &str, status: u16) -> Value {
    Request::put(&format!("/v1/keys/{name}"), &json!({"name": name, "value": name})).send(server.api).expect(status)
}

fn assert_reason(answer: &Value) {
    let reason = answer["faultstring"].as_str().unwrap_or_default();
    assert!(reason.contains("locked"), "{answer}");
}
