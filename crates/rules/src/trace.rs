//! The trace that an event begins or belongs to. Counterpart: st2common/services/trace.py.

use serde_json::{Value, json};
use squall_model::{Id, Map, Trace, TraceLink, TriggerInstance};

use crate::enforcement::Enforced;

/// Returns the trace context that executions inherit: the event's own, or that of a trace which begins with it.
pub(crate) fn context(instance: &TriggerInstance) -> Map {
    let given = &instance.trace_context;
    let id = given.get("id_").filter(|id| !id.is_null()).cloned().unwrap_or_else(|| json!(new_id(instance)));
    let mut context = Map::from_iter([("id_".to_owned(), id)]);
    context.insert("trace_tag".to_owned(), json!(tag(instance)));
    // What was caused by something that is traced goes on in that trace.
    context.extend(given.get("traceparent").map(|place| ("traceparent".to_owned(), place.clone())));
    context
}

/// Returns the trace that begins with the event; `None` when the event belongs to one that is there.
pub(crate) fn begun(instance: &TriggerInstance, enforced: &[Enforced]) -> Option<Trace> {
    if instance.trace_context.get("id_").is_some_and(|id| !id.is_null()) {
        return None;
    }
    let event = link(&instance.id.to_string(), &instance.trigger, instance, Map::new());
    let rules = enforced.iter().map(|enforced| {
        let rule = &enforced.rule.rule;
        let caused_by = caused_by("trigger_instance", &instance.id.to_string());
        link(&rule.id.to_string(), &rule.reference, instance, caused_by)
    });
    let executions = enforced.iter().filter_map(|enforced| {
        let execution = enforced.execution.as_ref()?;
        let caused_by = caused_by("rule", &format!("{}:{}", enforced.rule.rule.id, instance.id));
        Some(link(&execution.id.to_string(), execution.action_ref(), instance, caused_by))
    });
    Some(Trace {
        id: new_id(instance),
        trace_tag: tag(instance),
        start_timestamp: instance.occurrence_time,
        action_executions: executions.collect(),
        rules: rules.collect(),
        trigger_instances: vec![event],
    })
}

fn new_id(instance: &TriggerInstance) -> Id {
    instance.id.child("trace")
}

fn tag(instance: &TriggerInstance) -> String {
    let given = instance.trace_context.get("trace_tag").and_then(Value::as_str);
    given.map_or_else(|| format!("trigger_instance-{}", instance.id), str::to_owned)
}

fn link(object: &str, reference: &str, instance: &TriggerInstance, caused_by: Map) -> TraceLink {
    TraceLink {
        object_id: object.to_owned(),
        reference: reference.to_owned(),
        updated_at: instance.occurrence_time,
        caused_by,
    }
}

fn caused_by(kind: &str, id: &str) -> Map {
    Map::from_iter([("type".to_owned(), json!(kind)), ("id".to_owned(), json!(id))])
}
