//! Which components of a trace are shown: a chain of causes, some kinds, or all.

use serde_json::Value;

use crate::resource::Resource;

/// One component of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Component {
    Execution(String),
    Rule(String),
    TriggerInstance(String),
}

impl Component {
    fn of(kind: &str, id: String) -> Option<Self> {
        match kind {
            "action_execution" => Some(Self::Execution(id)),
            "rule" => Some(Self::Rule(id)),
            "trigger_instance" => Some(Self::TriggerInstance(id)),
            _ => None,
        }
    }

    fn attribute(&self) -> &'static str {
        match self {
            Self::Execution(_) => "action_executions",
            Self::Rule(_) => "rules",
            Self::TriggerInstance(_) => "trigger_instances",
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Execution(id) | Self::Rule(id) | Self::TriggerInstance(id) => id,
        }
    }
}

/// What the user wants to see of a trace.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceFilter {
    /// Only what led to this component.
    pub(crate) cause_of: Option<Component>,
    pub(crate) only_executions: bool,
    pub(crate) only_rules: bool,
    pub(crate) only_trigger_instances: bool,
    /// Without trigger instances that no rule has matched.
    pub(crate) hide_noop_triggers: bool,
}

const ATTRIBUTES: [&str; 3] = ["action_executions", "rules", "trigger_instances"];

impl TraceFilter {
    pub(crate) fn apply(&self, mut trace: Resource) -> Resource {
        if let Some(component) = &self.cause_of {
            trace = causes(&trace, component.clone());
        }
        let wanted = [self.only_executions, self.only_rules, self.only_trigger_instances];
        let is_everything = !wanted.contains(&true);
        if self.hide_noop_triggers && (is_everything || self.only_trigger_instances) {
            hide_noop_triggers(&mut trace);
        }
        for (attribute, is_wanted) in ATTRIBUTES.into_iter().zip(wanted) {
            if !is_wanted && !is_everything {
                trace.set(attribute, Value::Array(Vec::new()));
            }
        }
        trace
    }
}

/// The trace with nothing but the chain of causes that ends in `last`.
fn causes(trace: &Resource, last: Component) -> Resource {
    let mut kept = trace.clone();
    for attribute in ATTRIBUTES {
        kept.set(attribute, Value::Array(Vec::new()));
    }
    let mut next = Some((last, None));
    // Every step removes one link of the chain, so a circle of causes cannot hold it up.
    let mut steps_left = ATTRIBUTES.iter().map(|attribute| list(trace, attribute).len()).sum::<usize>();
    while let Some((component, required_cause)) = next.take() {
        let attribute = component.attribute();
        let found = list(trace, attribute).iter().find(|candidate| {
            let cause = cause_id(candidate);
            text(candidate, "object_id") == component.id() && required_cause.as_deref().is_none_or(|id| id == cause)
        });
        let Some(found) = found.filter(|_| steps_left > 0) else { break };
        steps_left -= 1;
        let mut items = list(&kept, attribute).to_vec();
        items.push(found.clone());
        kept.set(attribute, Value::Array(items));
        let kind = found.get("caused_by").map_or("", |cause| text(cause, "type"));
        // A rule is caused together with its trigger instance: `<rule>:<instance>`.
        let (id, instance) = match cause_id(found).split_once(':') {
            Some((id, instance)) => (id.to_owned(), Some(instance.to_owned())),
            None => (cause_id(found).to_owned(), None),
        };
        next = Component::of(kind, id).map(|component| (component, instance));
    }
    kept
}

fn hide_noop_triggers(trace: &mut Resource) {
    let matched: Vec<&str> = list(trace, "rules").iter().map(cause_id).collect();
    let kept: Vec<Value> = list(trace, "trigger_instances")
        .iter()
        .filter(|instance| matched.contains(&text(instance, "object_id")))
        .cloned()
        .collect();
    trace.set("trigger_instances", Value::Array(kept));
}

fn list<'a>(trace: &'a Resource, attribute: &str) -> &'a [Value] {
    trace.get(attribute).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn cause_id(component: &Value) -> &str {
    component.get("caused_by").map_or("", |cause| text(cause, "id"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trace() -> Resource {
        Resource::from_value(json!({
            "action_executions": [
                {"object_id": "e1", "caused_by": {"type": "rule", "id": "r1:i1"}},
                {"object_id": "e2", "caused_by": {"type": "rule", "id": "r1:i2"}},
            ],
            "rules": [
                {"object_id": "r1", "caused_by": {"type": "trigger_instance", "id": "i1"}},
                {"object_id": "r1", "caused_by": {"type": "trigger_instance", "id": "i2"}},
            ],
            "trigger_instances": [{"object_id": "i1"}, {"object_id": "i2"}, {"object_id": "i3"}],
        }))
    }

    fn ids(filter: &TraceFilter) -> Vec<String> {
        let filtered = filter.apply(trace());
        ATTRIBUTES
            .iter()
            .flat_map(|attribute| list(&filtered, attribute).to_vec())
            .map(|item| text(&item, "object_id").to_owned())
            .collect()
    }

    #[test]
    fn walks_up_the_chain_of_causes() {
        let filter = TraceFilter { cause_of: Some(Component::Execution("e2".to_owned())), ..TraceFilter::default() };
        assert_eq!(ids(&filter), ["e2", "r1", "i2"]);
    }

    #[test]
    fn shows_only_some_kinds() {
        assert_eq!(ids(&TraceFilter { only_rules: true, ..TraceFilter::default() }), ["r1", "r1"]);
        let filter = TraceFilter { hide_noop_triggers: true, ..TraceFilter::default() };
        assert_eq!(ids(&filter), ["e1", "e2", "r1", "r1", "i1", "i2"]);
    }
}
