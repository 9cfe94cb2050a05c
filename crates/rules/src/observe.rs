//! What others see of an event that was processed: counts, StackStorm's names over statsd, a span for it and one for each rule.

use squall_model::{EnforcementStatus, Timestamp, TriggerInstance};
use squall_telemetry::{Kind, Place, Span, metrics, of_event, of_rule, record, statsd};

use crate::enforcement::Enforced;

/// Called when all that the event led to is stored.
pub(crate) fn processed(instance: &TriggerInstance, enforced: &[Enforced], begun: Timestamp, now: Timestamp) {
    metrics().trigger_instance("processed");
    if statsd::is_on() {
        let took = now.since(begun);
        statsd::count_with_time("rule.processed", took);
        statsd::count_with_time(&format!("trigger.{}.processed", instance.trigger), took);
    }
    let event = |place| Span {
        attributes: vec![("squall.trigger_instance.id", instance.id.to_string())],
        ..span(place, format!("event {}", instance.trigger), Kind::Producer, instance.occurrence_time, now)
    };
    record(of_event(instance), event);
    for enforced in enforced {
        rule(instance, enforced, begun, now);
    }
}

fn rule(instance: &TriggerInstance, enforced: &Enforced, begun: Timestamp, now: Timestamp) {
    let rule = &enforced.rule.rule;
    metrics().rule_enforced(enforced.enforcement.status == EnforcementStatus::Succeeded);
    if statsd::is_on() {
        statsd::count("rule.matched");
        statsd::count(&format!("rule.{}.matched", rule.reference));
    }
    record(of_rule(&rule.id.to_string(), instance), |place| Span {
        attributes: vec![
            ("squall.rule.ref", rule.reference.clone()),
            ("squall.rule_enforcement.id", enforced.enforcement.id.to_string()),
        ],
        failure: enforced.enforcement.failure_reason.clone(),
        ..span(place, format!("rule {}", rule.reference), Kind::Internal, begun, now)
    });
}

fn span(place: Place, name: String, kind: Kind, start: Timestamp, end: Timestamp) -> Span {
    Span { place, name, kind, start, end, attributes: Vec::new(), events: Vec::new(), failure: None }
}
