//! What others see of executions and events from outside: metrics, StackStorm's names over statsd, spans.
//!
//! Called where a write has succeeded, so that what is told has happened.

use std::time::Duration;

use serde_json::Value;
use squall_bus::{Change, Message};
use squall_model::{Execution, Status, Timestamp};
use squall_telemetry::{Kind, Place, Span, SpanEvent, metrics, of_execution, record, statsd};

/// A message is about to be published: new executions and events are counted here, whoever made them.
pub(crate) fn published(message: &Message) {
    match message {
        Message::Execution { change: Change::Create, execution } => {
            metrics().execution_moved(execution.status.as_str(), execution.is_workflow());
        }
        Message::TriggerInstance(_) => metrics().trigger_instance("pending"),
        _ => {}
    }
}

/// An execution has moved; its log says from where, and when.
pub(crate) fn moved(execution: &Execution) {
    let workflow = execution.is_workflow();
    metrics().execution_moved(execution.status.as_str(), workflow);
    let [.., before, now] = execution.log.as_slice() else { return };
    let rested = now.timestamp.since(before.timestamp);
    metrics().status_left(before.status.as_str(), workflow, rested.as_secs_f64());
    if now.status == Status::Running
        && before.status == Status::Scheduled
        && let Some(event) = execution.trigger_instance.as_ref().and_then(occurrence)
    {
        metrics().action_started_after_event(now.timestamp.since(event).as_secs_f64());
    }
    if now.status == Status::Scheduled {
        statsd::count_with_time("scheduler.handle_execution", rested);
    }
    if execution.status.is_completed() {
        let whole = now.timestamp.since(execution.start_timestamp);
        metrics().execution_ended(execution.status.as_str(), workflow, whole.as_secs_f64());
        tell_statsd(execution, rested, whole);
        record(of_execution(execution), |place| span(execution, place));
    }
}

fn occurrence(instance: &Value) -> Option<Timestamp> {
    instance.get("occurrence_time")?.as_str()?.parse().ok()
}

/// Under StackStorm's names; `ran` is how long it was in its last status.
fn tell_statsd(execution: &Execution, ran: Duration, whole: Duration) {
    if !statsd::is_on() {
        return;
    }
    statsd::count(&format!("action.executions.{}", execution.status.as_str()));
    statsd::count_with_time("notifier.action.executions", Duration::ZERO);
    if execution.is_workflow() {
        statsd::count_with_time("orquesta.workflow.executions", whole);
    } else {
        statsd::count_with_time("action.executions", ran);
        statsd::count_with_time(&format!("action.{}.executions", execution.action_ref()), ran);
    }
    if execution.workflow_execution.is_some() {
        statsd::count_with_time("orquesta.action.executions", ran);
    }
}

/// Returns the span of an execution that has ended: its moves are the events in it.
fn span(execution: &Execution, place: Place) -> Span {
    let mut attributes = vec![
        ("squall.execution.id", execution.id.to_string()),
        ("squall.action.ref", execution.action_ref().to_owned()),
        ("squall.runner", execution.snapshot.runner.name.clone()),
        ("squall.execution.status", execution.status.as_str().to_owned()),
        ("squall.execution.attempt", execution.attempt.to_string()),
    ];
    if let Some(workflow) = execution.workflow_execution {
        attributes.push(("squall.workflow_execution.id", workflow.to_string()));
    }
    let task = execution.context.get("orquesta").and_then(|own| own.get("task_name")).and_then(Value::as_str);
    attributes.extend(task.map(|task| ("squall.task.name", task.to_owned())));
    let moves = execution.log.iter().map(|entry| SpanEvent { name: entry.status.as_str().into(), at: entry.timestamp });
    Span {
        place,
        name: format!("{} {}", if execution.is_workflow() { "workflow" } else { "action" }, execution.action_ref()),
        kind: Kind::Internal,
        start: execution.start_timestamp,
        end: execution.end_timestamp.unwrap_or(execution.start_timestamp),
        attributes,
        events: moves.collect(),
        failure: execution.status.is_failure().then(|| execution.status.as_str().to_owned()),
    }
}

/// Returns the span in which log lines about a message are written: they name what it is about, and its trace.
pub(crate) fn log_span(message: &Message) -> tracing::Span {
    match message {
        Message::Execution { execution, .. } | Message::Control { execution } => execution_span(execution),
        Message::TriggerInstance(instance) => tracing::info_span!(
            "event",
            trigger_instance_id = %instance.id,
            trigger = instance.trigger,
            trace_id = %squall_telemetry::of_event(instance).trace,
        ),
        _ => tracing::Span::none(),
    }
}

/// Returns the span in which log lines about an execution are written.
pub fn execution_span(execution: &Execution) -> tracing::Span {
    let span = tracing::info_span!(
        "execution",
        execution_id = %execution.id,
        action = execution.action_ref(),
        workflow_execution_id = tracing::field::Empty,
        trace_id = tracing::field::Empty,
    );
    if !span.is_disabled() {
        span.record("trace_id", tracing::field::display(of_execution(execution).trace));
        if let Some(workflow) = workflow_of(execution) {
            span.record("workflow_execution_id", tracing::field::display(workflow));
        }
    }
    span
}

/// The workflow that an execution belongs to or is, as clients see it.
fn workflow_of(execution: &Execution) -> Option<String> {
    let own = || execution.context.get("workflow_execution").and_then(Value::as_str).map(str::to_owned);
    execution.workflow_execution.map(|id| id.to_string()).or_else(own)
}
