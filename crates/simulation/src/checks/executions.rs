//! Executions: what was acknowledged is there, each moved as it may, and each action ran as often as it was claimed at most.

use squall_model::{Execution, Status};

use crate::outcome::Outcomes;
use crate::store::State;

pub(super) fn violations(state: &State, outcomes: &Outcomes, embedded: bool) -> Vec<String> {
    let mut found = Vec::new();
    for id in &outcomes.requested {
        if !state.executions.contains_key(id) {
            found.push(format!("lost: execution {id} was acknowledged"));
        }
    }
    for (id, to) in &outcomes.canceled {
        let Some(execution) = state.executions.get(id).map(|stored| &stored.execution) else { continue };
        // Where a batch is not whole, a log can say that the workflow is over before the wish is seen; then it was over.
        let was_over = execution.is_workflow() && !embedded;
        if execution.status != Status::Canceled && !was_over && !failed_by_its_language(execution) {
            let (status, result) = (execution.status, execution.result_value());
            found.push(format!("canceled in vain: {id} was moved to {to} and is {status} with {result}"));
        }
    }
    for stored in state.executions.values() {
        let execution = &stored.execution;
        found.extend(moves(execution));
        if !execution.is_workflow() {
            let runs = outcomes.effects.get(&execution.id).copied().unwrap_or_default();
            found.extend(effects(execution, runs));
        }
    }
    for id in outcomes.effects.keys().filter(|id| !state.executions.contains_key(*id)) {
        found.push(format!("an action ran for {id}, which is not stored"));
    }
    found
}

/// Orquesta fails a workflow, also one that is being canceled, when a join can't be reached any more.
fn failed_by_its_language(execution: &Execution) -> bool {
    execution.is_workflow()
        && execution.status == Status::Failed
        && execution.result_value().to_string().contains("UnreachableJoinError")
}

/// Every move is one that the table allows, and the last one is the status.
fn moves(execution: &Execution) -> Vec<String> {
    let id = execution.id;
    let log: Vec<Status> = execution.log.iter().map(|entry| entry.status).collect();
    let mut found = Vec::new();
    for pair in log.windows(2) {
        let is_takeover = pair[0] == pair[1] && execution.is_workflow();
        if !is_takeover && !pair[0].may_become(pair[1]) {
            found.push(format!("{id} moved from {} to {}", pair[0], pair[1]));
        }
    }
    if log.first() != Some(&Status::Requested) || log.last() != Some(&execution.status) {
        found.push(format!("{id} is {} and its log says {log:?}", execution.status));
    }
    found
}

/// An action runs once for each claim at most, and is claimed once unless it says that it may run again.
fn effects(execution: &Execution, runs: usize) -> Vec<String> {
    let (id, action) = (execution.id, execution.action_ref());
    let claims = execution.log.iter().filter(|entry| entry.status == Status::Running).count();
    let mut found = Vec::new();
    if runs > claims {
        found.push(format!("done twice: {id} {action} was claimed {claims} times and ran {runs} times"));
    }
    if claims > 1 && !execution.snapshot.action.runs_again_when_lost() {
        found.push(format!("done twice: {id} {action} may run once and was claimed {claims} times"));
    }
    if execution.status == Status::Succeeded && runs == 0 {
        found.push(format!("{id} {action} succeeded and never ran"));
    }
    found
}
