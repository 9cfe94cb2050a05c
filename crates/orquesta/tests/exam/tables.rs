//! The two state machines.

use serde_json::Value;
use squall_orquesta::Status;
use squall_orquesta::states::{TaskEvent, WorkflowEvent, task, workflow};

fn status(value: &Value) -> Status {
    value.as_str().unwrap_or("null").parse().expect("a status")
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

pub(crate) fn transition(record: &Value) -> Result<bool, String> {
    let (from, event, to) =
        (status(&record["from"]), record["event"].as_str().unwrap_or_default(), status(&record["ok"]));
    let ours = moves(&record["machine"]).into_iter().find(|(left, name, _)| *left == from && name == event);
    match ours {
        Some((_, _, ours)) if ours == to => Ok(true),
        other => Err(format!("recorded {to}, ours {other:?}")),
    }
}

pub(crate) fn is_transition_valid(record: &Value) -> Result<bool, String> {
    let (from, to) = (status(&record["from"]), status(&record["to"]));
    let moves = moves(&record["machine"]);
    // The original has no rows at all for statuses its machine never is in.
    let in_table = |status: Status| {
        moves.iter().any(|(from, ..)| *from == status) || matches!(status, Status::Canceled | Status::Failed)
    };
    let ours = in_table(from) && (from == to || moves.iter().any(|(left, _, right)| (*left, *right) == (from, to)));
    if record["ok"] == ours { Ok(true) } else { Err(format!("recorded {}, ours {ours}", record["ok"])) }
}
