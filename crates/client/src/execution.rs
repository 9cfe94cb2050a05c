//! What the client knows about the statuses of executions.

use crate::resource::Resource;

/// Statuses after which nothing happens any more.
const COMPLETED: [&str; 5] = ["succeeded", "failed", "timeout", "canceled", "abandoned"];
/// Statuses during which `run` keeps waiting.
const PENDING: [&str; 4] = ["requested", "scheduled", "running", "canceling"];
/// Runners whose executions have children.
const WORKFLOW_RUNNERS: [&str; 2] = ["action-chain", "orquesta"];

/// Whether an execution with this status has finished.
pub fn is_completed(status: &str) -> bool {
    COMPLETED.contains(&status)
}

/// Whether `run` waits for an execution with this status.
pub fn is_pending(status: &str) -> bool {
    PENDING.contains(&status)
}

/// Whether this execution is a workflow.
pub fn is_workflow(execution: &Resource) -> bool {
    WORKFLOW_RUNNERS.contains(&execution.text("action.runner_type"))
}

/// The name of the workflow task that an execution belongs to.
pub fn task_name(execution: &Resource) -> Option<&str> {
    ["context.orquesta.task_name", "context.chain.name"]
        .into_iter()
        .map(|path| execution.text(path))
        .find(|name| !name.is_empty())
}
