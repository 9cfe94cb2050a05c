//! What a test asks of a platform, whether that is one process or many.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::waiting::eventually;

const FINISHED: &[&str] = &["succeeded", "failed", "timeout", "canceled", "abandoned"];

/// A platform's API, at one of its addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
}

impl Api {
    pub(crate) fn get(&self, target: &str) -> Value {
        Request::get(target).send(self.address).expect(200)
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> Answer {
        Request::post(target, body).send(self.address)
    }

    /// Requests an execution and returns its id.
    pub(crate) fn request(&self, action: &str, parameters: &Value) -> String {
        let made = self.post("/v1/executions", &json!({"action": action, "parameters": parameters})).expect(201);
        made["id"].as_str().expect("an execution has an id").to_owned()
    }

    /// Requests an execution and returns it when it has ended.
    pub(crate) fn run(&self, action: &str, parameters: &Value) -> Value {
        self.finished(&self.request(action, parameters))
    }

    pub(crate) fn finished(&self, id: &str) -> Value {
        eventually(&format!("the end of execution {id}"), || {
            let execution = self.get(&format!("/v1/executions/{id}"));
            let status = execution["status"].as_str().unwrap_or_default();
            if FINISHED.contains(&status) { Ok(execution) } else { Err(execution.to_string()) }
        })
    }

    /// Waits for the first item of a list that satisfies `wanted`.
    pub(crate) fn item(&self, target: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("an item of {target}"), || {
            let list = self.get(target);
            list.as_array()
                .and_then(|items| items.iter().find(|item| wanted(item)).cloned())
                .ok_or_else(|| list.to_string())
        })
    }

    /// Requests a workflow that asks a person; returns it and the inquiry, once both wait.
    pub(crate) fn asked(&self, action: &str) -> (String, String) {
        let workflow = self.request(action, &json!({}));
        let inquiry = self.item("/v1/inquiries", |found| found["route"] == "gate");
        self.item(&format!("/v1/executions?action={action}"), |found| {
            found["id"] == *workflow && found["status"] == "paused"
        });
        (workflow, inquiry["id"].as_str().expect("an inquiry has an id").to_owned())
    }

    /// Answers the question of the pack for tests.
    pub(crate) fn answer(&self, inquiry: &str, approved: bool) -> Answer {
        let body = json!({"id": inquiry, "response": {"approved": approved}});
        Request::put(&format!("/v1/inquiries/{inquiry}"), &body).send(self.address)
    }
}
