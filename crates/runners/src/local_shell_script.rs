//! `local-shell-script`. Counterpart: local_runner/local_shell_script_runner.py.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use squall_spawn::Registry;

use crate::local_shell::run_command;
use crate::meta::RunnerMeta;
use crate::outcome::Outcome;
use crate::parameters::text;
use crate::request::{RunIo, RunRequest, Runner};
use crate::script_arguments::{script_arguments, shell_quote};
use crate::worktree;

const DEFAULT_KWARG_OPERATOR: &str = "--";

pub(crate) struct LocalShellScript {
    pub(crate) meta: RunnerMeta,
    pub(crate) processes: Option<Arc<Registry>>,
}

#[async_trait]
impl Runner for LocalShellScript {
    fn meta(&self) -> &RunnerMeta {
        &self.meta
    }

    async fn run(&self, mut request: RunRequest, io: RunIo) -> Outcome {
        let _worktree = match worktree::enter(&mut request).await {
            Ok(worktree) => worktree,
            Err(message) => return Outcome::error(message),
        };
        let Some(script) = &request.entry_point else {
            return Outcome::error("Missing entry_point action metadata attribute");
        };
        make_executable(script);
        let operator = text(&request.runner_parameters, "kwarg_op").unwrap_or(DEFAULT_KWARG_OPERATOR);
        let arguments = script_arguments(&request.action_parameters, &request.action_parameter_schemas, operator);
        let words = std::iter::once(script.display().to_string()).chain(arguments);
        let command = words.map(|word| shell_quote(&word)).collect::<Vec<_>>().join(" ");
        run_command(&command, &request, self.processes.as_ref(), io).await
    }
}

/// Packs from archives and some version controls lose the mode. A file system that forbids it says so at the start.
fn make_executable(script: &Path) {
    let Ok(metadata) = script.metadata() else { return };
    let mode = metadata.permissions().mode();
    if mode & 0o111 == 0o111 {
        return;
    }
    if let Err(error) = std::fs::set_permissions(script, PermissionsExt::from_mode(mode | 0o111)) {
        tracing::debug!(%error, script = %script.display(), "a script could not be made executable");
    }
}
