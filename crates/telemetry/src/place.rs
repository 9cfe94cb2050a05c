//! Where an event, a rule or an execution is in its trace.
//!
//! Nothing is stored for this: the ids follow from the ids of what is stored, so that every process, and a process that comes after a
//! crash, knows the same trace. Only a caller's own `traceparent` is kept, in the trace context that events and executions carry.

use serde_json::Value;
use squall_model::{Execution, Map, TriggerInstance};

use crate::{SpanId, TraceId, Traceparent};

/// Under which name a trace context carries the place of whoever caused it.
const TRACEPARENT: &str = "traceparent";

/// A span's place: its trace, itself, and the span that caused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub trace: TraceId,
    pub span: SpanId,
    pub parent: Option<SpanId>,
    pub sampled: bool,
}

impl Place {
    /// Returns the place as it is told to what happens inside of the span.
    pub fn traceparent(&self) -> Traceparent {
        Traceparent { trace: self.trace, span: self.span, sampled: self.sampled }
    }

    /// Puts the place into a trace context.
    pub fn carry(&self, trace_context: &mut Map) {
        trace_context.insert(TRACEPARENT.to_owned(), Value::String(self.traceparent().to_string()));
    }
}

/// Returns the place that a trace context carries.
pub fn carried(trace_context: &Map) -> Option<Traceparent> {
    trace_context.get(TRACEPARENT)?.as_str()?.parse().ok()
}

fn under(caller: Option<Traceparent>, root: &str) -> (TraceId, bool) {
    caller.map_or_else(|| (TraceId::derived(&["trace", root]), true), |caller| (caller.trace, caller.sampled))
}

fn event_span(instance: &str) -> SpanId {
    SpanId::derived(&["trigger_instance", instance])
}

fn execution_span(execution: &str) -> SpanId {
    SpanId::derived(&["execution", execution])
}

fn rule_span(rule: &str, instance: &str) -> SpanId {
    SpanId::derived(&["rule", rule, instance])
}

/// Returns the place of an event: it begins a trace unless it was caused by something that has one.
pub fn of_event(instance: &TriggerInstance) -> Place {
    let (id, caller) = (instance.id.to_string(), carried(&instance.trace_context));
    let (trace, sampled) = under(caller, &id);
    Place { trace, span: event_span(&id), parent: caller.map(|caller| caller.span), sampled }
}

/// Returns the place of a rule that an event matched.
pub fn of_rule(rule: &str, instance: &TriggerInstance) -> Place {
    let event = of_event(instance);
    Place { span: rule_span(rule, &instance.id.to_string()), parent: Some(event.span), ..event }
}

/// Returns the place of an execution: below its parent, else below the rule that made it, else below who asked for it.
pub fn of_execution(execution: &Execution) -> Place {
    let id = execution.id.to_string();
    let caller = execution.context.get("trace_context").and_then(Value::as_object).and_then(carried);
    let root = Root::of(execution, &id);
    let (trace, sampled) = under(caller, root.id);
    let parent = match (execution.parent, root.rule) {
        (Some(parent), _) => Some(execution_span(&parent.to_string())),
        (None, Some((rule, instance))) => Some(rule_span(rule, instance)),
        (None, None) => caller.map(|caller| caller.span),
    };
    Place { trace, span: execution_span(&id), parent, sampled }
}

/// What an execution goes back to: the event, or the outermost execution.
struct Root<'a> {
    id: &'a str,
    rule: Option<(&'a str, &'a str)>,
}

impl<'a> Root<'a> {
    fn of(execution: &'a Execution, own_id: &'a str) -> Self {
        let (mut context, mut id) = (&execution.context, own_id);
        // Contexts lie inside of each other as workflows do.
        while let Some(outer) = context.get("parent").and_then(Value::as_object) {
            id = outer.get("execution_id").and_then(Value::as_str).unwrap_or(id);
            context = outer;
        }
        let named = |kind: &str| context.get(kind)?.get("id")?.as_str();
        match named("trigger_instance") {
            Some(instance) => Self { id: instance, rule: named("rule").map(|rule| (rule, instance)) },
            None => Self { id, rule: None },
        }
    }
}
