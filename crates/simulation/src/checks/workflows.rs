//! Workflows: each is the fold of its log, and ends as the same workflow does where nothing goes wrong.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;
use squall_model::{Execution, Id, Status};
use squall_orquesta::engine::ActionKey;
use squall_orquesta::{Effect, Engine, Event, EventKind, NoHost, Workflow};

use crate::store::State;

pub(super) fn violations(state: &State) -> Vec<String> {
    let executions = state.executions.values().map(|stored| &stored.execution);
    executions
        .filter(|execution| execution.is_workflow() && execution.status.is_completed())
        .flat_map(|execution| {
            check(state, execution).unwrap_or_else(|reason| vec![format!("{}: {reason}", execution.id)])
        })
        .collect()
}

fn check(state: &State, execution: &Arc<Execution>) -> Result<Vec<String>, String> {
    let id = execution.id;
    let log = state.events.get(&id.child("workflow")).map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    if log.is_empty() {
        if execution.status != Status::Canceled {
            found.push(format!("{id} {} is {} and has no log", execution.action_ref(), execution.status));
        }
        return Ok(found);
    }
    let numbers: Vec<u64> = log.iter().map(|event| event.sequence).collect();
    if numbers != (1..=log.len() as u64).collect::<Vec<_>>() {
        found.push(format!("{id}: its log is numbered {numbers:?}"));
        return Ok(found);
    }
    let records: Vec<Value> = log
        .iter()
        .map(|event| serde_json::from_str(event.event.get()).map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;
    let text = records[0].get("definition").and_then(Value::as_str).ok_or("the log has no definition")?;
    let workflow = compiled(text)?;
    let folded = fold(&workflow, &records)?;
    // Without transactions the log may have been finished just before a cancellation was found that nobody had taken in.
    let got_ahead = execution.status == Status::Canceled && folded.status().as_str() == Status::Succeeded.as_str();
    if folded.status().as_str() != execution.status.as_str() && !got_ahead {
        found.push(format!("{id} is {} and its log says {}", execution.status, folded.status()));
    }
    if folded.result() != execution.result_value() && execution.status != Status::Canceled {
        found.push(format!("{id} ends with {} and its log with {}", execution.result_value(), folded.result()));
    }
    let children: Vec<&Arc<Execution>> =
        state.executions.values().map(|stored| &stored.execution).filter(|child| child.parent == Some(id)).collect();
    let is_undisturbed =
        execution.status != Status::Canceled && children.iter().all(|child| !matches!(child.status, Status::Canceled));
    if is_undisturbed {
        found.extend(compare_with_calm(&workflow, &records[0], state, execution, &children)?);
    }
    Ok(found)
}

/// The definitions are few: each is compiled once a thread.
fn compiled(text: &str) -> Result<Arc<Workflow>, String> {
    thread_local! {
        static COMPILED: std::cell::RefCell<std::collections::BTreeMap<String, Arc<Workflow>>> = const { std::cell::RefCell::new(std::collections::BTreeMap::new()) };
    }
    if let Some(known) = COMPILED.with_borrow(|compiled| compiled.get(text).cloned()) {
        return Ok(known);
    }
    let workflow = Workflow::compile(text).map_err(|error| error.to_string())?;
    COMPILED.with_borrow_mut(|compiled| compiled.insert(text.to_owned(), Arc::clone(&workflow)));
    Ok(workflow)
}

fn event(record: &Value) -> Result<Event, String> {
    serde_json::from_value(record.get("event").cloned().unwrap_or_default()).map_err(|error| error.to_string())
}

fn fold(workflow: &Arc<Workflow>, records: &[Value]) -> Result<Engine, String> {
    let mut engine = Engine::new(Arc::clone(workflow));
    for record in records {
        engine.apply(&mut event(record)?, &NoHost).map_err(|error| error.to_string())?;
    }
    Ok(engine)
}

/// Runs the workflow again with the ends that its actions had, one after the other, and compares.
fn compare_with_calm(
    workflow: &Arc<Workflow>,
    first: &Value,
    state: &State,
    execution: &Execution,
    children: &[&Arc<Execution>],
) -> Result<Vec<String>, String> {
    let id = execution.id;
    let mut engine = Engine::new(Arc::clone(workflow));
    let mut effects = VecDeque::from(engine.apply(&mut event(first)?, &NoHost).map_err(|error| error.to_string())?);
    let mut wanted = BTreeSet::new();
    while let Some(effect) = effects.pop_front() {
        let Effect::RequestAction { task_id, route, attempt, item_id, .. } = effect else { continue };
        let key = ActionKey { task_id, route, attempt, item_id };
        let child = child_id(&id, &key);
        wanted.insert(child);
        let Some(stored) = state.executions.get(&child) else {
            return Ok(vec![format!("{id}: its action {key:?} never came to be")]);
        };
        let mut changed = Event::from(EventKind::ActionChanged {
            task_id: key.task_id,
            route: key.route,
            attempt: key.attempt,
            item_id: key.item_id,
            status: stored.execution.status.as_str().parse().unwrap_or_default(),
            result: stored.execution.result_value(),
        });
        if let Ok(more) = engine.apply(&mut changed, &NoHost) {
            effects.extend(more);
        }
    }
    let mut found = Vec::new();
    if engine.status().as_str() != execution.status.as_str() {
        found.push(format!("{id} is {} and would be {} where nothing goes wrong", execution.status, engine.status()));
    }
    for child in children.iter().filter(|child| !wanted.contains(&child.id)) {
        found.push(format!("{id} has the action {} that it never wanted", child.id));
    }
    Ok(found)
}

fn child_id(parent: &Id, key: &ActionKey) -> Id {
    let item = key.item_id.map_or_else(|| "-".to_owned(), |item| item.to_string());
    let workflow = parent.child("workflow").to_string();
    let (route, attempt) = (key.route.to_string(), key.attempt.to_string());
    Id::derived(&["workflow-action", &workflow, &key.task_id, &route, &attempt, &item])
}
