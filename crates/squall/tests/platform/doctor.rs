//! `squall doctor` by the real binary: exit code, table, JSON, plan and repair.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::server::{Options, Server};

fn doctor(server: &Server, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.args(["--skip-config", "--api-url", &format!("http://{}/v1", server.api), "doctor"]).args(arguments);
    command.env("HOME", server.directory.path()).output().expect("the binary starts")
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_platform_that_is_well_has_nothing_to_tell() {
    let server = Server::start(Options::default());
    server.run("core.noop", &json!({}));
    let told = doctor(&server, &[]);
    assert!(told.status.success(), "{}", shown(&told));
    assert!(shown(&told).contains("nothing is stuck"), "{}", shown(&told));
    let told = doctor(&server, &["--json"]);
    let report: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!((&report["healthy"], &report["findings"]), (&json!(true), &json!([])));
}

#[test]
fn what_a_killed_server_left_is_found_in_its_data_directory() {
    let mut server = Server::start(Options::default());
    let id = server.request("core.local", &json!({"cmd": "sleep 600", "timeout": 900}));
    server.item("/v1/executions?status=running", |found| found["id"] == json!(id));
    let beside = doctor_of(&server, &[]);
    assert!(!beside.status.success() && shown(&beside).contains("another process"), "{}", shown(&beside));
    server.kill();
    let told = doctor_of(&server, &["--json"]);
    assert_eq!(told.status.code(), Some(1), "{}", shown(&told));
    let report: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let found = report["findings"].as_array().expect("a list");
    let lost = found.iter().find(|finding| finding["kind"] == "owner_dead").unwrap_or_else(|| panic!("{report:#}"));
    assert!(lost["subject"].as_str().expect("a text").contains(&id), "{lost}");
    assert_eq!(lost["repair"], "mark it as abandoned", "{lost}");
    assert!(
        lost["owner"].as_str().is_some_and(|owner| owner.ends_with("(dead)")) && lost["since"].is_string(),
        "{lost}"
    );

    server.restart();
    assert_eq!(server.finished(&id)["status"], "abandoned");
    let told = doctor(&server, &[]);
    assert!(told.status.success(), "{}", shown(&told));
}

fn doctor_of(server: &Server, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.args(["doctor", "--data-dir"]).arg(server.data_dir()).args(arguments);
    command.output().expect("the binary starts")
}
