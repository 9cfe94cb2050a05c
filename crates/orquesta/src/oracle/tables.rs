//! The two state machines.

use serde_json::{Value, json};

use super::{Answer, refusal};
use crate::states::{TaskEvent, WorkflowEvent, task, workflow};
use crate::status::Status;

fn status(value: &Value) -> Result<Status, (String, String)> {
    let name = value.as_str().unwrap_or("null");
    name.parse().map_err(|_| refusal("ValueError", format!("`{name}` is not a status")))
}

/// Every move a machine knows: from, event, to.
fn moves(machine: &Value) -> Vec<(Status, String, Status)> {
    let of_tasks = machine == "task";
    Status::ALL
        .into_iter()
        .flat_map(|from| {
            let tasks = TaskEvent::all().into_iter().filter(move |_| of_tasks);
            let tasks = tasks.filter_map(move |event| Some((from, event.to_string(), task::next(from, event)?)));
            let workflows = WorkflowEvent::all().into_iter().filter(move |_| !of_tasks);
            let workflows =
                workflows.filter_map(move |event| Some((from, event.to_string(), workflow::next(from, event)?)));
            tasks.chain(workflows)
        })
        .collect()
}

pub(super) fn transition(question: &Value) -> Answer {
    let from = status(&question["from"])?;
    let event = question["event"].as_str().unwrap_or_default();
    let found = moves(&question["machine"]).into_iter().find(|(left, name, _)| *left == from && name == event);
    let (.., to) = found.ok_or_else(|| refusal("KeyError", format!("no move from `{from}` on `{event}`")))?;
    Ok(json!(to))
}

pub(super) fn is_transition_valid(question: &Value) -> Answer {
    let (from, to) = (status(&question["from"])?, status(&question["to"])?);
    let moves = moves(&question["machine"]);
    // The original has no rows at all for statuses its machine never is in.
    let in_table = |status: Status| {
        moves.iter().any(|(from, ..)| *from == status) || matches!(status, Status::Canceled | Status::Failed)
    };
    let valid = in_table(from) && (from == to || moves.iter().any(|(left, _, right)| (*left, *right) == (from, to)));
    Ok(json!(valid))
}
