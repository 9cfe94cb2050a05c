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
