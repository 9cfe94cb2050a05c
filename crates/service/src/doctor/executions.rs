//! Executions that rest where they should not.

use std::time::Duration;

use squall_model::{Execution, Status, Timestamp};
use squall_store::Result;

use super::{Finding, Processes, Report};
use crate::Context;

/// How many executions are read at a time.
const PAGE: u64 = 500;
/// Longer than a message takes on its way, and than the sweep that makes up for a lost one.
const RESTING: Duration = Duration::from_secs(30);
/// How long a cancellation, a pause or a resumption may take before somebody should look.
const OBEYING: Duration = Duration::from_secs(120);

pub(super) async fn examine(context: &Context, processes: &Processes, report: &mut Report) -> Result<()> {
    let mut after = None;
    loop {
        let page = context.store.executions.unfinished(after, PAGE, None).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        report.unfinished_executions += page.len() as u64;
        for execution in page {
            let found = match judge(&execution, processes, report.at) {
                None if is_waiting_workflow(&execution, report.at) => orphaned(context, &execution).await?,
                found => found,
            };
            report.findings.extend(found);
        }
    }
}

fn last_move(execution: &Execution) -> Timestamp {
    execution.log.last().map_or(execution.start_timestamp, |entry| entry.timestamp)
}

/// Says what is wrong with an execution, as far as it shows by itself.
fn judge(execution: &Execution, processes: &Processes, now: Timestamp) -> Option<Finding> {
    let moved = last_move(execution);
    let rested = now.since(moved);
    let found = |kind, detail: String, repair| {
        let finding = Finding::new(kind, format!("execution {} ({})", execution.id, execution.action_ref()), detail);
        let owner = execution.owner.map(|owner| processes.describe(&owner));
        Some(Finding { owner, repair, ..finding.since(moved) })
    };
    let status = execution.status;
    match status {
        Status::Requested if rested > RESTING => {
            found("execution_resting", "requested, but nobody has scheduled it".into(), Some("schedule it"))
        }
        Status::Scheduled if rested > RESTING => {
            let detail = "scheduled, but nobody has begun it: no runner is free, or its message got lost";
            found("execution_resting", detail.into(), Some("announce it again"))
        }
        Status::Delayed if execution.wake_at.is_none_or(|due| now.since(due) > RESTING && due < now) => {
            found("execution_resting", "its delay is over".into(), Some("schedule it"))
        }
        status if status.is_owned() && !execution.owner.is_some_and(|owner| processes.lives(&owner)) => {
            found("owner_dead", format!("{status}, but its owner is gone"), Some(take_over(execution)))
        }
        Status::Canceling | Status::Pausing | Status::Resuming if rested > OBEYING => {
            found("execution_resting", format!("{status} for long: something of it does not end"), None)
        }
        _ => None,
    }
}

fn take_over(execution: &Execution) -> &'static str {
    match execution {
        workflow if workflow.is_workflow() => "take the workflow over",
        canceled if canceled.status == Status::Canceling => "end the cancellation",
        action if action.snapshot.action.runs_again_when_lost() => "run it again",
        _ => "mark it as abandoned",
    }
}

fn is_waiting_workflow(execution: &Execution, now: Timestamp) -> bool {
    execution.is_workflow() && execution.status == Status::Running && now.since(last_move(execution)) > RESTING
}

/// A running workflow waits for a child; one that has none which could still end waits for ever.
async fn orphaned(context: &Context, execution: &Execution) -> Result<Option<Finding>> {
    let mut last_end = last_move(execution);
    for id in context.store.executions.child_ids(&execution.id).await? {
        let Some(child) = context.store.executions.get(&id).await? else { continue };
        match child.end_timestamp.filter(|_| child.status.is_completed()) {
            None => return Ok(None),
            Some(end) => last_end = last_end.max(end),
        }
    }
    if context.now().since(last_end) <= RESTING {
        return Ok(None);
    }
    let subject = format!("execution {} ({})", execution.id, execution.action_ref());
    let finding = Finding::new("workflow_forgotten", subject, "running, but every action of it has ended");
    Ok(Some(Finding { repair: Some("tell it of the ends"), ..finding.since(last_end) }))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use squall_model::{Id, LogEntry};
    use squall_testkit::execution;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    #[test]
    fn what_rests_too_long_or_has_lost_its_owner_is_found() {
        let [living, dead] = ["living", "dead"].map(|name| Id::derived(&[name]));
        let processes = Processes { known: HashMap::new(), living: HashSet::from([living]) };
        let cases = [
            (Status::Requested, None, 10, None),
            (Status::Requested, None, 31, Some(("execution_resting", Some("schedule it")))),
            (Status::Scheduled, None, 31, Some(("execution_resting", Some("announce it again")))),
            (Status::Running, Some(living), 86_400, None),
            (Status::Running, Some(dead), 1, Some(("owner_dead", Some("mark it as abandoned")))),
            (Status::Running, None, 1, Some(("owner_dead", Some("mark it as abandoned")))),
            (Status::Canceling, Some(dead), 1, Some(("owner_dead", Some("end the cancellation")))),
            (Status::Canceling, Some(living), 60, None),
            (Status::Canceling, Some(living), 121, Some(("execution_resting", None))),
            (Status::Delayed, None, 1, Some(("execution_resting", Some("schedule it")))),
            (Status::Paused, None, 86_400, None),
        ];
        for (status, owner, seconds, expected) in cases {
            let mut resting = execution("a", START);
            (resting.status, resting.owner) = (status, owner);
            resting.log = vec![LogEntry { timestamp: START, status }];
            let found = judge(&resting, &processes, START.after(Duration::from_secs(seconds)));
            let shown = found.as_ref().map(|finding| (finding.kind, finding.repair));
            assert_eq!(shown, expected, "{status} for {seconds} s");
            assert!(found.is_none_or(|finding| finding.since == Some(START)));
        }
    }

    #[test]
    fn a_delay_is_over_when_its_time_has_passed_for_long() {
        let processes = Processes { known: HashMap::new(), living: HashSet::new() };
        let mut delayed = execution("a", START);
        (delayed.status, delayed.wake_at) = (Status::Delayed, Some(START.after(Duration::from_secs(600))));
        for (seconds, is_found) in [(60, false), (601, false), (640, true)] {
            let found = judge(&delayed, &processes, START.after(Duration::from_secs(seconds)));
            assert_eq!(found.is_some(), is_found, "after {seconds} s");
        }
    }
}
