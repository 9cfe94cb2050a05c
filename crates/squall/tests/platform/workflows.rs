//! Workflows within workflows, and what their actions are told, end to end.

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::server::{Options, Server};

/// A workflow whose two inner workflows wait at a gate each.
struct Pair {
    server: Server,
    outer: String,
    inner: [String; 2],
}

impl Pair {
    fn start() -> Self {
        let server = Server::start(Options::with_test_pack());
        let gate = |side: &str| server.directory.path().join(side).display().to_string();
        let outer = server.request("compat.gated_pair", &json!({"left": gate("left"), "right": gate("right")}));
        let inner = ["left", "right"].map(|side| {
            let children = format!("/v1/executions?parent={outer}");
            let task =
                |found: &Value| found["context"]["orquesta"]["task_name"] == side && found["status"] == "running";
            server.item(&children, task)["id"].as_str().expect("an execution has an id").to_owned()
        });
        let pair = Self { server, outer, inner };
        for inner in &pair.inner {
            pair.server.item(&format!("/v1/executions?parent={inner}"), |found| found["status"] == "running");
        }
        pair
    }

    fn ask(&self, id: &str, status: &str) {
        Request::put(&format!("/v1/executions/{id}"), &json!({"status": status})).send(self.server.api).expect(200);
    }

    fn open(&self, side: &str) {
        std::fs::write(self.server.directory.path().join(side), "").expect("the directory is writable");
    }

    fn becomes(&self, id: &str, status: &str) {
        let action = if *id == self.outer { "compat.gated_pair" } else { "compat.gated" };
        let list = format!("/v1/executions?action={action}&limit=-1");
        self.server.item(&list, |found| found["id"] == id && found["status"] == status);
    }

    /// Pauses the inner workflows one by one; with nothing left at work the outer one pauses too.
    fn pause_inside(&self) {
        for inner in &self.inner {
            self.ask(inner, "pausing");
        }
        self.open("left");
        self.open("right");
        for id in self.inner.iter().chain([&self.outer]) {
            self.becomes(id, "paused");
        }
    }
}

#[test]
fn a_workflow_whose_inner_workflows_are_resumed_one_by_one_ends_instead_of_staying_paused() {
    let pair = Pair::start();
    pair.pause_inside();
    pair.ask(&pair.inner[0], "resuming");
    pair.becomes(&pair.inner[0], "succeeded");
    pair.becomes(&pair.outer, "paused");
    pair.ask(&pair.inner[1], "resuming");
    for id in [&pair.inner[1], &pair.outer] {
        pair.becomes(id, "succeeded");
    }
}

#[test]
fn a_resumed_workflow_does_not_pause_again_when_one_of_its_inner_workflows_ends_before_the_other() {
    let pair = Pair::start();
    pair.ask(&pair.outer, "pausing");
    pair.open("left");
    pair.open("right");
    for id in pair.inner.iter().chain([&pair.outer]) {
        pair.becomes(id, "paused");
    }
    pair.ask(&pair.outer, "resuming");
    for id in pair.inner.iter().chain([&pair.outer]) {
        pair.becomes(id, "succeeded");
    }
}

#[test]
fn a_parameter_that_asks_for_the_configuration_hears_the_schemas_default_where_nothing_is_configured() {
    let server = Server::start(Options::with_test_pack());
    let ended = server.run("compat.configured", &json!({}));
    assert_eq!(ended["result"]["stdout"], "http://127.0.0.1:1", "{ended}");
    assert_eq!(ended["parameters"]["url"], "http://127.0.0.1:1", "{ended}");
}
