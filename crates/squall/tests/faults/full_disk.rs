//! The disk takes no more: made by a limit on the size of the server's files, which any user may set on a process of his own.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::http::{Answer, Request};
use crate::support::server::{Options, Server};

/// What still fits when the limit is set.
const LEFT: u64 = 512 * 1024;
/// More than fits, whatever the database does with its pages.
const MOST_KEYS: usize = 2000;

#[test]
fn a_full_disk_is_said_and_nothing_acknowledged_is_lost() {
    let mut server = Server::start(Options::default());
    limit_files(&server, Some(largest_file(&server.data_dir()) + LEFT));
    let mut executions = Vec::new();
    let mut keys = Vec::new();
    let refusal = (0..MOST_KEYS).find_map(|number| {
        let name = format!("key{number}");
        let answer = put_key(&server, &name);
        if answer.status != 200 {
            return Some(answer);
        }
        keys.push(name);
        executions.extend(request_noop(&server));
        None
    });
    let refusal = refusal.expect("the disk fills up");
    let reason = refusal.expect(503)["faultstring"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains("disk"), "{reason}");
    assert!(!keys.is_empty() && !executions.is_empty(), "something fitted");
    Request::get(&format!("/v1/keys/{}", keys[0])).send(server.api).expect(200);

    limit_files(&server, None);
    assert_eq!(put_key(&server, "after").status, 200);
    assert_eq!(server.run("core.noop", &json!({}))["status"], "succeeded");
    for id in &executions {
        assert_eq!(server.finished(id)["status"], "succeeded");
    }
    server.kill_and_restart();
    for name in keys {
        assert_eq!(server.get(&format!("/v1/keys/{name}"))["value"], value_of(&name));
    }
    for id in &executions {
        assert_eq!(server.get(&format!("/v1/executions/{id}"))["status"], "succeeded");
    }
}

fn value_of(name: &str) -> String {
    name.repeat(2000)
}

fn put_key(server: &Server, name: &str) -> Answer {
    Request::put(&format!("/v1/keys/{name}"), &json!({"name": name, "value": value_of(name)})).send(server.api)
}

/// Returns the id of the execution if the server took it.
fn request_noop(server: &Server) -> Option<String> {
    let answer = server.post("/v1/executions", &json!({"action": "core.noop"}));
    (answer.status == 201).then(|| answer.json()["id"].as_str().expect("an execution has an id").to_owned())
}

fn largest_file(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).expect("the data directory").flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).max().unwrap_or(0)
}

/// Sets the largest size that a file of the server may reach; python3 is there, because actions need it.
fn limit_files(server: &Server, bytes: Option<u64>) {
    let program = "import resource, sys\n\
        limit = int(sys.argv[2]) if len(sys.argv) > 2 else resource.RLIM_INFINITY\n\
        resource.prlimit(int(sys.argv[1]), resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))";
    let mut command = Command::new("python3");
    command.args(["-c", program, &server.process_id().to_string()]);
    command.args(bytes.map(|bytes| bytes.to_string()));
    assert!(command.status().expect("python3 starts").success(), "the limit can be set");
}
