//! `inquirer`: a question to a person. Counterpart: inquirer_runner/inquirer_runner.py.

use async_trait::async_trait;
use serde_json::Value;
use squall_model::{Map, Status};

use crate::meta::RunnerMeta;
use crate::outcome::Outcome;
use crate::request::{RunIo, RunRequest, Runner};

/// What the result says of the question, in this order; the answer joins it.
const QUESTION: [&str; 5] = ["schema", "roles", "users", "route", "ttl"];

pub(crate) struct Inquirer {
    pub(crate) meta: RunnerMeta,
}

impl Inquirer {
    /// Returns what was asked for, or else the parameter's default.
    fn asked(&self, given: &Map, name: &str) -> Value {
        let default = || self.meta.runner_parameters.get(name).and_then(|schema| schema.get("default"));
        given.get(name).filter(|value| !value.is_null()).or_else(default).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl Runner for Inquirer {
    fn meta(&self) -> &RunnerMeta {
        &self.meta
    }

    /// The run is over at once, and its outcome is that the action waits.
    async fn run(&self, request: RunRequest, _io: RunIo) -> Outcome {
        let asked = |name: &str| (name.to_owned(), self.asked(&request.runner_parameters, name));
        Outcome::new(Status::Pending, Value::Object(QUESTION.map(asked).into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{map, run};

    #[tokio::test]
    async fn waits_with_the_question_as_its_result() {
        let schema = json!({"type": "object", "properties": {"pin": {"type": "integer"}}});
        let asked = json!({"schema": schema, "users": ["ada"], "route": "dev", "ttl": 5});
        let request = RunRequest { runner_parameters: map(asked), ..RunRequest::default() };
        let outcome = run("inquirer", request).await;
        assert_eq!(outcome.status, Status::Pending);
        assert_eq!(outcome.result, json!({"schema": schema, "roles": [], "users": ["ada"], "route": "dev", "ttl": 5}));
    }

    #[tokio::test]
    async fn asks_whether_to_continue_where_nothing_is_said() {
        let request = RunRequest { runner_parameters: map(json!({"ttl": null})), ..RunRequest::default() };
        let result = run("inquirer", request).await.result;
        let keys: Vec<&String> = result.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["schema", "roles", "users", "route", "ttl"]);
        assert_eq!(result["ttl"], 1440);
        assert_eq!(result["schema"]["properties"]["continue"]["required"], true);
    }
}
