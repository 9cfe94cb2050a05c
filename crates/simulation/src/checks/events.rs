//! Events and rules: one execution for each rule and event, a record of each, and nothing lost on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use squall_model::{Id, RuleEnforcement, TimerState, TriggerInstance};

use crate::outcome::Outcomes;
use crate::pack;
use crate::store::State;
use crate::time::START;

pub(super) fn violations(state: &State, outcomes: &Outcomes) -> Vec<String> {
    let events: BTreeMap<Id, TriggerInstance> =
        state.all().into_iter().map(|event: TriggerInstance| (event.id, event)).collect();
    let mut found = Vec::new();
    for id in outcomes.dispatched.iter().filter(|id| !events.contains_key(*id)) {
        found.push(format!("lost: event {id} was acknowledged"));
    }
    found.extend(enforcements(state, &events));
    found.extend(timers(state, &events));
    found.extend(notifications(state, &events));
    found
}

fn enforcements(state: &State, events: &BTreeMap<Id, TriggerInstance>) -> Vec<String> {
    let mut made: BTreeMap<(String, String), usize> = BTreeMap::new();
    for stored in state.executions.values() {
        let execution = &stored.execution;
        let id = |part: &Option<Value>| part.as_ref()?.get("id")?.as_str().map(str::to_owned);
        if let (Some(rule), Some(event)) = (id(&execution.rule), id(&execution.trigger_instance)) {
            *made.entry((rule, event)).or_default() += 1;
        }
    }
    let records: Vec<RuleEnforcement> = state.all();
    let mut found = Vec::new();
    for event in events.values() {
        let expected = expected_rules(event);
        for rule in &expected {
            let key = (Id::derived(&["rule", rule]).to_string(), event.id.to_string());
            let count = made.remove(&key).unwrap_or(0);
            if count != 1 {
                found.push(format!("rule {rule} made {count} executions of event {}", event.id));
            }
        }
        let recorded = records.iter().filter(|record| record.trigger_instance_id == event.id);
        let (recorded, executions) = recorded.fold((0, 0), |(all, ours), record| {
            let is_there = record.execution_id.is_some_and(|id| state.executions.contains_key(&id));
            (all + 1, ours + usize::from(is_there))
        });
        if recorded != expected.len() || executions != expected.len() {
            found.push(format!("event {}: {recorded} enforcements with {executions} executions", event.id));
        }
    }
    found.extend(made.into_keys().map(|(rule, event)| format!("rule {rule} made an execution of event {event}")));
    found
}

fn expected_rules(event: &TriggerInstance) -> Vec<String> {
    let is_flow = event.payload.get("kind").and_then(Value::as_str) == Some("flow");
    match event.trigger.as_str() {
        pack::EVENT if is_flow => vec!["every".to_owned(), "flows".to_owned()],
        pack::EVENT => vec!["every".to_owned()],
        pack::NOTIFY => vec!["noted".to_owned()],
        other => vec![other.trim_start_matches("core.").to_owned()],
    }
}

/// Each date fires once, if its timer was there before it.
fn timers(state: &State, events: &BTreeMap<Id, TriggerInstance>) -> Vec<String> {
    let states: Vec<TimerState> = state.all();
    let mut found = Vec::new();
    for seconds in pack::DATES {
        let reference = format!("core.at_{seconds}");
        let moment = START.after(Duration::from_secs(*seconds));
        let is_known = states.iter().any(|timer| timer.trigger == reference && timer.since < moment);
        let fired = events.values().filter(|event| event.trigger == reference).count();
        if fired != usize::from(is_known) {
            found.push(format!("the timer {reference} fired {fired} times; it was known in time: {is_known}"));
        }
    }
    found
}

/// Whoever asked to be told of an end is told.
fn notifications(state: &State, events: &BTreeMap<Id, TriggerInstance>) -> Vec<String> {
    let executions = state.executions.values().map(|stored| &stored.execution);
    let loud =
        executions.filter(|execution| !execution.snapshot.action.notify.is_empty() && execution.status.is_completed());
    let told = |execution: &Id| events.contains_key(&Id::derived(&["event", &execution.to_string(), "notify-0"]));
    loud.filter(|execution| !told(&execution.id))
        .map(|execution| format!("lost: nobody was told that {} is {}", execution.id, execution.status))
        .collect()
}
