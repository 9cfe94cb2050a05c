//! `python-script`. Counterpart: python_runner/python_runner.py.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use squall_model::Status;
use squall_python::{ActionRequest, Answer, PythonHost};
use squall_spawn::{Exit, Registry};

use crate::meta::RunnerMeta;
use crate::outcome::Outcome;
use crate::parameters::{TimeLimit, environment, text};
use crate::process::{Ending, Finished, accompany, announce};
use crate::request::{RunIo, RunRequest, Runner};
use crate::worktree;

const DEFAULT_TIMEOUT: u64 = 600;
const DEFAULT_LOG_LEVEL: &str = "DEBUG";

/// The shim's way to say that `run()` returned a status that is no boolean.
const INVALID_STATUS_EXIT_CODE: i32 = 220;

/// What StackStorm shows when the process ended without an answer.
const NO_ANSWER: &str = "None";

/// What an action's environment calls its API and token, and what st2client calls them.
const CLIENT_VARIABLES: [(&str, &str); 2] =
    [("ST2_ACTION_API_URL", "ST2_API_URL"), ("ST2_ACTION_AUTH_TOKEN", "ST2_AUTH_TOKEN")];

pub(crate) struct PythonScript {
    pub(crate) meta: RunnerMeta,
    pub(crate) host: PythonHost,
    pub(crate) processes: Option<Arc<Registry>>,
}

#[async_trait]
impl Runner for PythonScript {
    fn meta(&self) -> &RunnerMeta {
        &self.meta
    }

    async fn run(&self, mut request: RunRequest, io: RunIo) -> Outcome {
        let _worktree = match worktree::enter(&mut request).await {
            Ok(worktree) => worktree,
            Err(message) => return Outcome::error(message),
        };
        let time_limit = TimeLimit::of(&request.runner_parameters, DEFAULT_TIMEOUT);
        let execution_id = request.execution_id.clone();
        let action = match action_request(request) {
            Ok(action) => action,
            Err(message) => return Outcome::error(message),
        };
        let record = announce(self.processes.as_ref(), &execution_id);
        let mut running = match self.host.start_action(action) {
            Ok(running) => running,
            Err(error) => return Outcome::error(error.to_string()),
        };
        let finished = accompany(&mut running.child, &execution_id, record, time_limit.duration(), io).await;
        let finished = match finished {
            Ok(finished) => finished,
            Err(error) => return Outcome::error(error.to_string()),
        };
        match running.answer().await {
            Ok(answer) => outcome(&finished, answer, time_limit),
            Err(error) => Outcome::error(error.to_string()),
        }
    }
}

fn action_request(request: RunRequest) -> Result<ActionRequest, String> {
    let Some(file_path) = request.entry_point else {
        return Err(format!("Action \"{}\" is missing entry_point attribute", request.action_name));
    };
    let mut variables = environment(&request.runner_parameters)?;
    for (action_name, client_name) in CLIENT_VARIABLES {
        if let Some(value) = request.environment.get(action_name) {
            variables.insert(client_name.to_owned(), value.clone());
        }
    }
    variables.extend(request.environment);
    // The parameter's default means "as the service is configured".
    let asked_level = text(&request.runner_parameters, "log_level").filter(|level| *level != DEFAULT_LOG_LEVEL);
    let log_level = asked_level.or(request.log_level.as_deref()).unwrap_or(DEFAULT_LOG_LEVEL).to_owned();
    Ok(ActionRequest {
        pack: request.pack,
        file_path,
        parameters: request.action_parameters,
        config: request.config,
        user: request.user,
        log_level,
        pack_path: request.pack_path,
        environment: variables,
    })
}

fn outcome(finished: &Finished, answer: Option<Answer>, time_limit: TimeLimit) -> Outcome {
    let stderr = String::from_utf8_lossy(&finished.stderr);
    if finished.ending == Ending::Exited(Exit::Code(INVALID_STATUS_EXIT_CODE)) {
        return Outcome::error(stderr);
    }
    let (exit_code, timed_out) = match finished.ending {
        // As for shell commands: who is killed by somebody else is reported as timed out.
        Ending::Exited(exit) => (exit.return_code(), exit == Exit::Signal(9)),
        Ending::TimedOut => (-9, true),
        Ending::Canceled => (-15, false),
    };
    let returned_status = answer.as_ref().and_then(|answer| answer.status);
    let status = match finished.ending {
        Ending::Canceled => Status::Canceled,
        _ if timed_out => Status::Timeout,
        _ if exit_code == 0 && returned_status != Some(false) => Status::Succeeded,
        _ => Status::Failed,
    };
    let mut result = json!({
        "stdout": String::from_utf8_lossy(&finished.stdout),
        "stderr": stderr,
        "exit_code": exit_code,
        "result": answer.map_or_else(|| Value::String(NO_ANSWER.to_owned()), |answer| answer.result),
    });
    if timed_out {
        result["error"] = Value::String(time_limit.message());
    }
    Outcome::new(status, result)
}

#[cfg(test)]
mod tests;
