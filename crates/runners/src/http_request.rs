//! `http-request`. Counterpart: http_runner/http_runner.py.

mod answer;
mod body;
mod call;
mod clients;

use async_trait::async_trait;
use serde_json::json;
use squall_model::Status;

use crate::meta::RunnerMeta;
use crate::outcome::Outcome;
use crate::request::{RunIo, RunRequest, Runner};
use answer::Answer;
use call::Call;
use clients::Clients;

/// How a call can fail; the texts are those that StackStorm's clients know.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Timeout(String),
    #[error("{0}")]
    Transport(String),
}

pub(crate) struct HttpRequest {
    meta: RunnerMeta,
    clients: Clients,
}

impl HttpRequest {
    pub(crate) fn new(meta: RunnerMeta) -> Self {
        Self { meta, clients: Clients::default() }
    }

    async fn perform(&self, request: &RunRequest) -> Result<Answer, CallError> {
        let call = Call::read(request)?;
        let client = self.clients.client_for(&call)?;
        let answering = async {
            let response = call.build(&client).send().await.map_err(|error| call.explain(&error))?;
            Answer::read(response).await.map_err(|error| call.explain(&error))
        };
        match tokio::time::timeout(call.timeout, answering).await {
            Ok(answer) => answer,
            Err(_) => Err(call.timed_out()),
        }
    }
}

#[async_trait]
impl Runner for HttpRequest {
    fn meta(&self) -> &RunnerMeta {
        &self.meta
    }

    async fn run(&self, request: RunRequest, mut io: RunIo) -> Outcome {
        let performed = tokio::select! {
            performed = self.perform(&request) => performed,
            () = io.cancellation.canceled() => return Outcome::new(Status::Canceled, json!({})),
        };
        match performed {
            Ok(answer) => answer.into_outcome(),
            Err(CallError::Timeout(message)) => Outcome::new(Status::Timeout, json!({"error": message})),
            Err(error) => Outcome::error(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
