//! What a runner is given, and the trait itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use squall_model::Map;
use tokio::sync::watch;

use crate::meta::RunnerMeta;
use crate::outcome::Outcome;

/// One action to run. Parameters are final: rendered, cast, with their defaults.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    pub execution_id: String,
    pub action_ref: String,
    pub action_name: String,
    pub pack: String,
    pub user: String,
    pub pack_path: Option<PathBuf>,
    /// Absolute.
    pub entry_point: Option<PathBuf>,
    pub runner_parameters: Map,
    pub action_parameters: Map,
    /// The action's parameter schemas, in their order: scripts take `position` from them.
    pub action_parameter_schemas: Map,
    pub config: Value,
    /// The `ST2_ACTION_*` variables.
    pub environment: BTreeMap<String, String>,
    pub debug: bool,
    /// The service's log level for Python actions; the runner parameter of that name wins.
    pub log_level: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputType {
    Stdout,
    Stderr,
}

impl OutputType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// Takes the output of a running action line by line. Must not block.
pub trait OutputSink: Send + Sync {
    fn line(&self, output_type: OutputType, text: &str);
}

/// Says whether the execution was canceled; cheap to clone.
#[derive(Debug, Clone)]
pub struct Cancellation(watch::Receiver<bool>);

impl Cancellation {
    /// Returns the switch and what it switches. Dropping the switch cancels nothing.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Returns once the execution is canceled, else never.
    pub async fn canceled(&mut self) {
        if self.0.wait_for(|canceled| *canceled).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// How a runner speaks with the world while it runs.
#[derive(Clone)]
pub struct RunIo {
    pub output: Arc<dyn OutputSink>,
    pub cancellation: Cancellation,
}

/// Runs the actions of one runner type.
#[async_trait]
pub trait Runner: Send + Sync {
    fn meta(&self) -> &RunnerMeta;

    /// Runs one action to its end. Never fails: what goes wrong is in the outcome. After a cancellation it returns
    /// soon, with nothing of the action left running.
    async fn run(&self, request: RunRequest, io: RunIo) -> Outcome;
}
