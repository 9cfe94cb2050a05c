//! `noop`. Counterpart: noop_runner/noop_runner.py.

use async_trait::async_trait;
use serde_json::json;
use squall_model::Status;

use crate::meta::RunnerMeta;
use crate::outcome::Outcome;
use crate::request::{RunIo, RunRequest, Runner};

pub(crate) struct Noop {
    pub(crate) meta: RunnerMeta,
}

#[async_trait]
impl Runner for Noop {
    fn meta(&self) -> &RunnerMeta {
        &self.meta
    }

    async fn run(&self, _request: RunRequest, _io: RunIo) -> Outcome {
        Outcome::new(Status::Succeeded, json!({"failed": false, "succeeded": true, "return_code": 0}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[tokio::test]
    async fn does_nothing_and_succeeds() {
        let outcome = run("noop", RunRequest::default()).await;
        assert_eq!(outcome.status, Status::Succeeded);
        assert_eq!(outcome.result, json!({"failed": false, "succeeded": true, "return_code": 0}));
    }
}
