//! What must hold when a schedule is over.

mod events;
mod executions;
mod workflows;

use squall_model::{Resource as _, TriggerInstance, TriggerInstanceStatus};

use crate::sim::Sim;
use crate::store::State;

/// Returns everything that is wrong.
pub(crate) fn violations(sim: &Sim) -> Vec<String> {
    let state = sim.store.lock();
    let outcomes = sim.outcomes.lock();
    let mut found = state.violations.clone();
    found.extend(open_work(&state).into_iter().map(|work| format!("stuck: {work}")));
    found.extend(executions::violations(&state, &outcomes, sim.plan.embedded));
    found.extend(events::violations(&state, &outcomes));
    found.extend(workflows::violations(&state));
    found
}

/// As [`open_work`], without saying what.
pub(crate) fn has_open_work(state: &State) -> bool {
    let is_done = |row: &std::sync::Arc<crate::store::Row>| {
        row.value().get("status").and_then(|status| status.as_str()) == Some("processed")
    };
    state
        .executions
        .values()
        .any(|stored| !stored.execution.status.is_completed() || stored.execution.wake_at.is_some())
        || state.tables.get(TriggerInstance::KIND).is_some_and(|table| !table.rows.values().all(is_done))
}

/// Returns what has not come to an end.
pub(crate) fn open_work(state: &State) -> Vec<String> {
    let executions = state.executions.values().map(|stored| &stored.execution);
    let open = executions.filter(|execution| !execution.status.is_completed());
    let mut found: Vec<String> = open
        .map(|execution| {
            let (id, action, status) = (execution.id, execution.action_ref(), execution.status);
            format!("{id} {action} is {status}, owner {:?}", execution.owner)
        })
        .collect();
    let events: Vec<TriggerInstance> = state.all();
    let pending = events.iter().filter(|event| event.status != TriggerInstanceStatus::Processed);
    found.extend(pending.map(|event| format!("event {} is {:?}", event.id, event.status)));
    found
}
