//! Expressions that cannot be parsed.

use serde_json::Value;

use super::TASKS_SCHEMA_PATH;
use super::entry::{Inspection, InspectionType};
use crate::expressions::validate;
use crate::spec::{Property, TaskSpec, TransitionSpec, WorkflowSpec};

pub(super) fn inspect(spec: &WorkflowSpec) -> Vec<Inspection> {
    let mut entries = Vec::new();
    for key in ["vars", "input", "output"] {
        if let Some(value) = spec.raw.get(key) {
            check(value, key, &format!("properties.{key}"), &mut entries);
        }
    }
    for (name, task) in &spec.tasks {
        check_task(task, &format!("tasks.{name}"), &mut entries);
    }
    entries
}

fn check(value: &Value, spec_path: &str, schema_path: &str, entries: &mut Vec<Inspection>) {
    entries.extend(validate(value).into_iter().map(|error| {
        let message = error.message;
        Inspection::new(InspectionType::Expression, message, spec_path.to_owned(), schema_path.to_owned())
            .about(error.language, error.expression)
    }));
}

fn check_task(task: &TaskSpec, path: &str, entries: &mut Vec<Inspection>) {
    let mut property = |property: Option<&Property>, key: &str| {
        if let Some(property) = property {
            let schema_key = key.replace('.', ".properties.");
            let schema_path = format!("{TASKS_SCHEMA_PATH}.properties.{schema_key}");
            check(&property.raw, &format!("{path}.{key}"), &schema_path, entries);
        }
    };
    property(task.delay.as_ref(), "delay");
    property(task.action.as_ref(), "action");
    property(task.input.as_ref(), "input");
    if let Some(retry) = &task.retry {
        property(retry.when.as_ref(), "retry.when");
        property(retry.count.as_ref(), "retry.count");
        property(retry.delay.as_ref(), "retry.delay");
    }
    if let Some(items) = &task.items {
        property(items.concurrency.as_ref(), "with.concurrency");
        let schema_path = format!("{TASKS_SCHEMA_PATH}.properties.with.properties.items");
        check(&items.written, &format!("{path}.with.items"), &schema_path, entries);
    }
    for (index, transition) in task.transitions.iter().enumerate() {
        check_transition(transition, &format!("{path}.next[{index}]"), entries);
    }
}

fn check_transition(transition: &TransitionSpec, path: &str, entries: &mut Vec<Inspection>) {
    let when = transition.when.as_ref().map_or(&Value::Null, |when| &when.raw);
    for (key, value) in [("when", when), ("publish", &transition.publish_raw), ("do", &transition.do_raw)] {
        let schema_path = format!("{TASKS_SCHEMA_PATH}.properties.next.items.properties.{key}");
        check(value, &format!("{path}.{key}"), &schema_path, entries);
    }
}
