//! `announcement`: an event for whoever follows the stream. Counterpart: announcement_runner/announcement_runner.py.

use async_trait::async_trait;
use serde_json::Value;
use squall_model::{Map, Status};

use crate::meta::RunnerMeta;
use crate::outcome::{Announcement, Outcome};
use crate::parameters::{flag, text};
use crate::request::{RunIo, RunRequest, Runner};

const DEFAULT_ROUTE: &str = "general";

pub(crate) struct Announce {
    pub(crate) meta: RunnerMeta,
}

#[async_trait]
impl Runner for Announce {
    fn meta(&self) -> &RunnerMeta {
        &self.meta
    }

    async fn run(&self, request: RunRequest, _io: RunIo) -> Outcome {
        if flag(&request.runner_parameters, "experimental") != Some(true) {
            return Outcome::error(format!("Experimental flag is missing for action {}", request.action_ref));
        }
        let route = text(&request.runner_parameters, "route").unwrap_or(DEFAULT_ROUTE).to_owned();
        let payload = request.action_parameters;
        let mut result = Map::new();
        result.insert("output".to_owned(), Value::Object(payload.clone()));
        result.extend(payload.clone());
        Outcome {
            status: Status::Succeeded,
            result: Value::Object(result),
            announcements: vec![Announcement { route, payload }],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{map, run};

    #[tokio::test]
    async fn announces_its_parameters_once_it_is_asked_seriously() {
        let mut request = RunRequest {
            action_ref: "core.announcement".to_owned(),
            runner_parameters: map(json!({"route": "chat"})),
            action_parameters: map(json!({"message": {"k": "v"}})),
            ..RunRequest::default()
        };
        let refused = run("announcement", request.clone()).await;
        assert_eq!(refused.result["error"], "Experimental flag is missing for action core.announcement");

        request.runner_parameters.insert("experimental".to_owned(), json!(true));
        let outcome = run("announcement", request).await;
        assert_eq!(outcome.result, json!({"output": {"message": {"k": "v"}}, "message": {"k": "v"}}));
        let payload = map(json!({"message": {"k": "v"}}));
        assert_eq!(outcome.announcements, [Announcement { route: "chat".to_owned(), payload }]);
    }
}
