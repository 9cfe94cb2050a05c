//! A backup while the platform works: what was acknowledged before it began comes back, whole and running.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::http::Request;
use crate::support::server::{Options, Server};

fn squall(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_squall")).args(arguments).output().expect("the binary starts")
}

#[test]
fn what_was_acknowledged_before_a_backup_under_load_is_there_after_the_restore() {
    let server = Server::start(Options::default());
    Request::put("/v1/keys/secret", &json!({"name": "secret", "value": "canary", "secret": true}))
        .send(server.api)
        .expect(200);
    let acknowledged = || (0..20).map(|_| server.request("core.noop", &json!({}))).collect::<BTreeSet<String>>();
    let ended = acknowledged();
    ended.iter().for_each(|id| assert_eq!(server.finished(id)["status"], "succeeded", "{id}"));
    let open = acknowledged();
    let stop = Arc::new(AtomicBool::new(false));
    let (api, stopping) = (server.api, Arc::clone(&stop));
    let load = std::thread::spawn(move || {
        let mut count = 0_u32;
        while !stopping.load(Ordering::SeqCst) {
            Request::post("/v1/executions", &json!({"action": "core.noop"})).send(api).expect(201);
            count += 1;
        }
        count
    });
    let file = server.directory.path().join("backup.tar");
    let made = squall(&[Path::new("backup"), &file, Path::new("--data-dir"), &server.data_dir()]);
    stop.store(true, Ordering::SeqCst);
    let during = load.join().expect("the load is taken while the backup is made");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(during > 0, "nothing was asked for meanwhile");

    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    let back = squall(&[Path::new("restore"), &file, Path::new("--data-dir"), &elsewhere.path().join("data")]);
    assert!(back.status.success(), "{}", String::from_utf8_lossy(&back.stderr));
    let restored = Server::start_in(elsewhere, Options::default());
    for id in &ended {
        assert_eq!(restored.finished(id)["status"], "succeeded", "{id}");
    }
    for id in &open {
        // One that ran at the moment of the backup has no runner any more, and does not say that it may run again.
        let status = restored.finished(id)["status"].clone();
        assert!(status == "succeeded" || status == "abandoned", "{id}: {status}");
    }
    let secret = restored.get("/v1/keys/secret?decrypt=true");
    assert_eq!(secret["value"], "canary", "the key of the datastore came along");
    let again = squall(&[Path::new("restore"), &file, Path::new("--data-dir"), &restored.data_dir()]);
    assert!(!again.status.success(), "a running server is not overwritten");
}
