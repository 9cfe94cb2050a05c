//! What the two local shell runners share. Counterpart: local_runner/base.py.
//!
//! Commands run as the user of the service, or as root with `sudo`. A shell process has nothing of ours inside, so it cannot notice that the
//! server died; the process registry ends it when the server comes back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use squall_model::Status;
use squall_spawn::{Registry, Spawn, SpawnError, Stdin};

use crate::outcome::Outcome;
use crate::parameters::{TimeLimit, environment, flag, text};
use crate::process::{Ending, Finished, accompany, announce};
use crate::request::{RunIo, RunRequest};
use crate::script_arguments::shell_quote;

const DEFAULT_TIMEOUT: u64 = 60;
const SHELL: &str = "/bin/sh";

/// How long `sudo` may take to end what this user may not end.
const SUDO_LIMIT: Duration = Duration::from_secs(5);

/// The return codes that StackStorm gives a meaning.
const KILLED: i32 = -9;
const TERMINATED: i32 = -15;

/// Runs a shell command line with the runner parameters of the request.
pub(crate) async fn run_command(
    command: &str,
    request: &RunRequest,
    registry: Option<&Arc<Registry>>,
    io: RunIo,
) -> Outcome {
    let parameters = &request.runner_parameters;
    let time_limit = TimeLimit::of(parameters, DEFAULT_TIMEOUT);
    let sudo_password = text(parameters, "sudo_password").filter(|password| !password.is_empty());
    let given_environment = match environment(parameters) {
        Ok(environment) => environment,
        Err(message) => return Outcome::error(message),
    };

    let mut spawn = Spawn::new(SHELL);
    let sudo = flag(parameters, "sudo") == Some(true);
    let command = if sudo { with_sudo(command, sudo_password.is_some()) } else { command.to_owned() };
    spawn.args = vec!["-c".into(), command.into()];
    spawn.environment.extend(given_environment);
    spawn.environment.extend(request.environment.clone());
    if let Some(password) = sudo_password {
        spawn.stdin = Stdin::Bytes(format!("{password}\n").into_bytes());
    }
    if let Some(directory) = text(parameters, "cwd").filter(|directory| !directory.is_empty()) {
        spawn.working_directory = Some(directory.into());
    }
    if let Some(message) = spawn.working_directory.as_deref().and_then(why_not_entered) {
        return Outcome::error(message);
    }
    let working_directory = spawn.working_directory.clone();
    let environment_of_sudo = sudo.then(|| spawn.environment.clone());
    let record = announce(registry, &request.execution_id);
    let mut child = match spawn.start() {
        Ok(child) => child,
        Err(error) => return Outcome::error(why_not_started(&error, working_directory.as_ref())),
    };
    let group = child.identity().pid;
    let finished = match accompany(&mut child, &request.execution_id, record, time_limit.duration(), io).await {
        Ok(finished) => finished,
        Err(error) => return Outcome::error(error.to_string()),
    };
    if let Some(environment) = environment_of_sudo.filter(|_| !matches!(finished.ending, Ending::Exited(_))) {
        end_group_as_root(group, environment).await;
    }
    outcome(&finished, time_limit, sudo_password.is_some())
}

/// Says in Python's words what is wrong with the directory to run in.
fn why_not_entered(directory: &Path) -> Option<String> {
    let shown = directory.display();
    match directory.metadata() {
        Ok(found) if found.is_dir() => None,
        Ok(_) => Some(format!("[Errno 20] Not a directory: '{shown}'")),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Some(format!("[Errno 13] Permission denied: '{shown}'"))
        }
        Err(_) => Some(format!("[Errno 2] No such file or directory: '{shown}'")),
    }
}

fn why_not_started(error: &SpawnError, directory: Option<&PathBuf>) -> String {
    let SpawnError::Start { source, .. } = error else { return error.to_string() };
    match (source.kind(), directory) {
        // The shell itself may be run by everybody.
        (std::io::ErrorKind::PermissionDenied, Some(directory)) => {
            format!("[Errno 13] Permission denied: '{}'", directory.display())
        }
        // A command, its environment or its directory holds a zero byte.
        (std::io::ErrorKind::InvalidInput, _) => "embedded null byte".to_owned(),
        _ => format!("{error}: {source}"),
    }
}

/// What runs as root and did not obey cannot be killed by the user of the service. As in StackStorm this needs `sudo` without a
/// password; where that is not allowed, what ignores SIGTERM stays.
async fn end_group_as_root(group: u32, environment: BTreeMap<String, String>) {
    let mut spawn = Spawn { environment, ..Spawn::new("sudo") };
    spawn.args = ["-n", "--", "sh", "-c"].map(Into::into).to_vec();
    // Mostly nothing of the group is left, which is no mistake.
    spawn.args.push(format!("kill -KILL -{group} 2>/dev/null || :").into());
    let ended = async {
        let exit = spawn.start().map_err(|error| error.to_string())?.wait().await;
        exit.map_err(|error| error.to_string())
    };
    match tokio::time::timeout(SUDO_LIMIT, ended).await {
        Ok(Ok(exit)) if exit.return_code() == 0 => {}
        Ok(Ok(exit)) => tracing::warn!(code = exit.return_code(), "sudo could not end what an action left running"),
        Ok(Err(reason)) => tracing::warn!(reason, "could not end what an action left running"),
        Err(_) => tracing::warn!("sudo takes too long to end what an action left running"),
    }
}

fn with_sudo(command: &str, reads_password: bool) -> String {
    let options = if reads_password { "-S -E" } else { "-E" };
    format!("sudo {options} -- bash -c {}", shell_quote(command))
}

fn outcome(finished: &Finished, time_limit: TimeLimit, used_password: bool) -> Outcome {
    let (stdout, stderr) = match (decode(&finished.stdout), decode(&finished.stderr)) {
        (Ok(stdout), Ok(stderr)) => (stdout, stderr),
        (Err(message), _) | (_, Err(message)) => return Outcome::error(message),
    };
    let mut return_code = match finished.ending {
        Ending::Exited(exit) => exit.return_code(),
        Ending::TimedOut => KILLED,
        Ending::Canceled => TERMINATED,
    };
    let mut error = (return_code == KILLED).then(|| time_limit.message());
    if used_password && let Some(message) = sudo_refusal(stderr) {
        (return_code, error) = (-1, Some(message));
    }
    let status = match (finished.ending, return_code) {
        (Ending::Canceled, _) => Status::Canceled,
        (_, 0) => Status::Succeeded,
        (_, KILLED) => Status::Timeout,
        (_, TERMINATED) => Status::Abandoned,
        _ => Status::Failed,
    };
    let mut result = json!({
        "failed": return_code != 0,
        "succeeded": return_code == 0,
        "return_code": return_code,
        "stdout": output_value(stdout),
        "stderr": output_value(stderr),
    });
    if let Some(error) = error {
        result["error"] = Value::String(error);
    }
    Outcome::new(status, result)
}

/// Output that is not UTF-8 fails the action, in the words of the original.
fn decode(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let reason = match error.error_len() {
            None => "unexpected end of data",
            Some(1) if !(0xC2..=0xF4).contains(&bytes[at]) => "invalid start byte",
            Some(_) => "invalid continuation byte",
        };
        format!("'utf-8' codec can't decode byte 0x{:02x} in position {at}: {reason}", bytes[at])
    })
}

/// Drops one end of line; what is JSON becomes the value that it spells.
fn output_value(text: &str) -> Value {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn sudo_refusal(stderr: &str) -> Option<String> {
    // `attempts` or `attempt`, as the count wants it.
    let (before, _) = stderr.split_once(" incorrect password attempt")?;
    before.rsplit_once("sudo: ")?.1.parse::<u32>().ok()?;
    let user = stderr
        .split_once("[sudo] password for ")
        .and_then(|(_, rest)| rest.split_once(':'))
        .map_or("unknown", |(user, _)| user);
    Some(format!("Invalid sudo password provided or sudo is not configured for this user ({user})"))
}

#[cfg(test)]
mod tests;
