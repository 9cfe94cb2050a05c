//! One task of a workflow.

use serde_json::{Map, Value};

use super::inline_parameters::parse_inline_parameters;
use super::{ItemsSpec, Property, TransitionSpec};
use crate::options::Options;

/// How many inbound tasks a join waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    All,
    Count(u64),
}

#[derive(Debug)]
pub struct RetrySpec {
    pub when: Option<Property>,
    pub count: Option<Property>,
    pub delay: Option<Property>,
}

#[derive(Debug, Default)]
pub struct TaskSpec {
    pub delay: Option<Property>,
    pub join: Option<Join>,
    pub items: Option<ItemsSpec>,
    pub action: Option<Property>,
    pub input: Option<Property>,
    pub retry: Option<RetrySpec>,
    pub transitions: Vec<TransitionSpec>,
}

impl TaskSpec {
    pub(super) fn new(raw: &Map<String, Value>, options: Options) -> Self {
        let property = |key: &str| property_of(raw, key, options);
        let (action, input) = action_and_input(raw);
        let transitions = raw.get("next").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Self {
            delay: property("delay"),
            join: join_of(raw.get("join")),
            items: raw.get("with").and_then(Value::as_object).map(|items| ItemsSpec::new(items, options)),
            action: action.map(|action| Property::new(action, options)),
            input: input.map(|input| Property::new(input, options)),
            retry: raw.get("retry").and_then(Value::as_object).filter(|retry| !retry.is_empty()).map(|retry| {
                RetrySpec {
                    when: property_of(retry, "when", options),
                    count: property_of(retry, "count", options),
                    delay: property_of(retry, "delay", options),
                }
            }),
            transitions: transitions
                .iter()
                .filter_map(Value::as_object)
                .map(|transition| TransitionSpec::new(transition, options))
                .collect(),
        }
    }

    pub fn has_items(&self) -> bool {
        self.items.is_some()
    }
}

pub(super) fn property_of(raw: &Map<String, Value>, key: &str, options: Options) -> Option<Property> {
    raw.get(key).filter(|value| !value.is_null()).map(|value| Property::new(value.clone(), options))
}

fn join_of(join: Option<&Value>) -> Option<Join> {
    match join? {
        Value::String(text) if text == "all" => Some(Join::All),
        Value::Number(number) => number.as_u64().map(Join::Count),
        _ => None,
    }
}

/// Inline parameters of the action take the place of `input` altogether.
fn action_and_input(raw: &Map<String, Value>) -> (Option<Value>, Option<Value>) {
    let given = |key: &str| raw.get(key).filter(|value| !value.is_null()).cloned();
    let Some(text) = raw.get("action").and_then(Value::as_str) else { return (given("action"), given("input")) };
    let inline: Map<String, Value> = parse_inline_parameters(text).into_iter().collect();
    if inline.is_empty() {
        return (given("action"), given("input"));
    }
    let name = text.split(' ').next().unwrap_or(text);
    (Some(Value::from(name)), Some(Value::Object(inline)))
}
