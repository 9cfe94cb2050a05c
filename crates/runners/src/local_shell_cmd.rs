//! `local-shell-cmd`. Counterpart: local_runner/local_shell_command_runner.py.

use std::sync::Arc;

use async_trait::async_trait;
use squall_spawn::Registry;

use crate::local_shell::run_command;
use crate::meta::RunnerMeta;
use crate::outcome::Outcome;
use crate::parameters::text;
use crate::request::{RunIo, RunRequest, Runner};

pub(crate) struct LocalShellCommand {
    pub(crate) meta: RunnerMeta,
    pub(crate) processes: Option<Arc<Registry>>,
}

#[async_trait]
impl Runner for LocalShellCommand {
    fn meta(&self) -> &RunnerMeta {
        &self.meta
    }

    async fn run(&self, request: RunRequest, io: RunIo) -> Outcome {
        if request.entry_point.is_some() {
            return Outcome::error("entry_point is only valid for local-shell-script runner");
        }
        let Some(command) = text(&request.runner_parameters, "cmd") else {
            return Outcome::error("the parameter `cmd` is missing");
        };
        run_command(command, &request, self.processes.as_ref(), io).await
    }
}
