//! Processes of actions that were running when the server was killed: the next server ends them, and says what became of the actions.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::dice::{Dice, fresh_seed, number_from_environment};
use crate::support::http::Request;
use crate::support::server::{Options, Server};
use crate::support::waiting::eventually;

const ROUNDS: usize = 6;
const ACTIONS: usize = 6;

#[test]
fn what_a_killed_server_left_running_is_ended() {
    let seed = number_from_environment("SQUALL_FAULTS_SEED").unwrap_or_else(fresh_seed);
    println!("SQUALL_FAULTS_SEED={seed}");
    let mut dice = Dice::of(seed);
    let mut server = Server::start(Options::default());
    let never = server.directory.path().join("never");
    let command = json!({"cmd": format!("until [ -e {} ]; do sleep 1; done", never.display())});
    let mut requested = Vec::new();
    for _ in 0..ROUNDS {
        requested.extend((0..ACTIONS).map(|_| server.request("core.local", &command)));
        std::thread::sleep(dice.pause(Duration::ZERO, Duration::from_millis(60)));
        server.kill_and_restart();
    }
    // What had not begun when the server was killed runs now; what had begun may not run twice.
    for id in &requested {
        eventually("the execution to run or to be abandoned", || {
            let status = status_of(&server, id);
            if ["running", "abandoned"].contains(&status.as_str()) { Ok(()) } else { Err(status) }
        });
    }
    // The first sweep may still be at it: what it has not come to yet is called running without being so.
    eventually("one process for each running action", || {
        let running = requested.iter().filter(|id| status_of(&server, id) == "running").count();
        let processes = processes_that_mention(&never);
        if processes.len() == running { Ok(()) } else { Err(format!("{processes:?}, and {running} actions run")) }
    });
    for id in requested.iter().filter(|id| status_of(&server, id) == "running") {
        Request::delete(&format!("/v1/executions/{id}")).send(server.api).expect(200);
    }
    for id in &requested {
        let ended = server.finished(id);
        assert!(["abandoned", "canceled"].contains(&ended["status"].as_str().unwrap_or_default()), "{ended}");
    }
    let left = processes_that_mention(&never);
    assert!(left.is_empty(), "{left:?}");
}

fn status_of(server: &Server, id: &str) -> String {
    let execution: Value = server.get(&format!("/v1/executions/{id}"));
    execution["status"].as_str().unwrap_or_default().to_owned()
}

/// Returns the processes whose command line contains the path.
fn processes_that_mention(path: &Path) -> Vec<u32> {
    let path = path.display().to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mentions = |process: &u32| {
        let command_line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command_line).contains(&path)
    };
    processes.filter(mentions).collect()
}
