//! What else is written when an execution ends: the events that say so, in the same batch, so that no crash can lose them.
//! Counterpart: st2actions/notifier/notifier.py.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_bus::{Change, Message};
use squall_model::{ActionSnapshot, Execution, Id, Map, Status, Timestamp, TriggerInstance, TriggerInstanceStatus};
use squall_store::{Document, Query, Result, Write};

use crate::rendering;
use crate::{ActionTriggers, Context, publish_quietly};

const ACTION_TRIGGER: &str = "core.st2.generic.actiontrigger";
const NOTIFY_TRIGGER: &str = "core.st2.generic.notifytrigger";

/// The end of an execution that was not moved to it: it failed before it could begin, or a crash cut its end off from the events.
pub struct End {
    execution: Arc<Execution>,
    events: Vec<TriggerInstance>,
}

impl End {
    /// Gathers what the end of `ended` causes.
    pub async fn of(context: &Context, ended: Arc<Execution>) -> Result<Self> {
        let events = events_of_end(context, &ended, ended.status, &ended.result_value()).await?;
        Ok(Self { execution: ended, events })
    }

    /// Returns what is written after the execution, in the same batch; safe to repeat.
    pub fn writes(&self) -> Result<Vec<Write>> {
        self.events.iter().map(|event| Ok(Write::Insert(Document::of(event)?))).collect()
    }

    /// Tells the others, when everything is stored.
    pub async fn publish(self, context: &Context) {
        let message = Message::Execution { change: Change::Update, execution: self.execution };
        publish_quietly(context, message).await;
        for event in self.events {
            publish_quietly(context, Message::TriggerInstance(Arc::new(event))).await;
        }
    }
}

/// Returns the events that the end of an execution causes.
pub(crate) async fn events_of_end(
    context: &Context,
    execution: &Execution,
    status: Status,
    result: &Value,
) -> Result<Vec<TriggerInstance>> {
    let mut events = Vec::new();
    if is_wanted(context, ACTION_TRIGGER).await? {
        events.push(event(
            context,
            execution,
            "actiontrigger",
            ACTION_TRIGGER,
            action_payload(execution, status, result),
        ));
    }
    for (number, payload) in notifications(execution, status, result, context.now()).into_iter().enumerate() {
        events.push(event(context, execution, &format!("notify-{number}"), NOTIFY_TRIGGER, payload));
    }
    Ok(events)
}

/// Tells whether some rule listens to the trigger, or the operator wants the event stored in any case.
pub(crate) async fn is_wanted(context: &Context, trigger: &str) -> Result<bool> {
    if context.settings.action_triggers == ActionTriggers::Always {
        return Ok(true);
    }
    let rules = context.store.rules.list(&Query::all().equals("trigger.ref", trigger).limit(1)).await?;
    Ok(rules.total > 0)
}

/// Returns an event that an execution causes; it belongs to the execution's trace.
pub(crate) fn event(
    context: &Context,
    execution: &Execution,
    word: &str,
    trigger: &str,
    payload: Value,
) -> TriggerInstance {
    let mut trace_context =
        execution.context.get("trace_context").and_then(Value::as_object).cloned().unwrap_or_default();
    squall_telemetry::of_execution(execution).carry(&mut trace_context);
    TriggerInstance {
        id: Id::derived(&["event", &execution.id.to_string(), word]),
        trigger: trigger.to_owned(),
        payload,
        occurrence_time: context.now(),
        status: TriggerInstanceStatus::Pending,
        trace_context,
    }
}

fn shown_parameters(execution: &Execution) -> Map {
    let snapshot: &ActionSnapshot = &execution.snapshot;
    rendering::masked_parameters(snapshot, &execution.parameters)
}

fn action_payload(execution: &Execution, status: Status, result: &Value) -> Value {
    json!({
        "execution_id": execution.id,
        "status": status,
        "start_timestamp": execution.start_timestamp.to_python_text(),
        "action_name": execution.action_ref(),
        "action_ref": execution.action_ref(),
        "runner_ref": execution.snapshot.runner.name,
        "parameters": shown_parameters(execution),
        "result": result,
    })
}

/// Returns the payloads of the notifications that the action's or the execution's `notify` section asks for.
fn notifications(execution: &Execution, status: Status, result: &Value, now: Timestamp) -> Vec<Value> {
    let own = execution.notify.as_ref().and_then(Value::as_object);
    let section = own.unwrap_or(&execution.snapshot.action.notify);
    let mut wanted = vec![("on-complete", "completed")];
    match status {
        Status::Succeeded => wanted.push(("on-success", "succeeded")),
        status if status.is_failure() => wanted.push(("on-failure", "failed")),
        _ => {}
    }
    let mut payloads = Vec::new();
    for (key, word) in wanted {
        if let Some(part) = section.get(key).and_then(Value::as_object) {
            payloads.extend(notification(execution, status, result, now, part, word));
        }
    }
    payloads
}

fn notification(
    execution: &Execution,
    status: Status,
    result: &Value,
    now: Timestamp,
    part: &Map,
    word: &str,
) -> Vec<Value> {
    let message = part.get("message").and_then(Value::as_str).map(str::to_owned);
    let message = message.unwrap_or_else(|| format!("Action {} {word}.", execution.action_ref()));
    let mut data = part.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    data.insert("result".to_owned(), json!(result.to_string()));
    let routes = part.get("routes").or_else(|| part.get("channels")).and_then(Value::as_array).cloned();
    let payload = |route: &Value| {
        json!({
            "execution_id": execution.id,
            "status": status,
            "start_timestamp": execution.start_timestamp.to_string(),
            "end_timestamp": now.to_string(),
            "action_ref": execution.action_ref(),
            "runner_ref": execution.snapshot.runner.name,
            "channel": route,
            "route": route,
            "message": message,
            "data": data,
        })
    };
    routes.unwrap_or_default().iter().map(payload).collect()
}
