//! Expressions that cannot be parsed.

use serde_json::Value;

use super::TASKS_SCHEMA_PATH;
use super::entry::{Inspection, InspectionType, MISTAKES};
use crate::expressions::validate;
use crate::spec::{Property, TaskSpec, TransitionSpec, WorkflowSpec};

pub(super) fn inspect(spec: &WorkflowSpec) -> Vec<Inspection> {
    let mut entries = Vec::new();
    for key in ["vars", "input", "output"] {
        if let Some(value) = spec.raw.get(key) {
            check(value, || (key.to_owned(), format!("properties.{key}")), &mut entries);
        }
    }
    for (name, task) in &spec.tasks {
        if entries.len() >= MISTAKES {
            break;
        }
        check_task(name, task, &mut entries);
    }
    entries
}

/// `paths` spells out where the value stands in the definition and in its schema.
fn check(value: &Value, paths: impl Fn() -> (String, String), entries: &mut Vec<Inspection>) {
    entries.extend(validate(value).into_iter().map(|error| {
        let (spec_path, schema_path) = paths();
        Inspection::new(InspectionType::Expression, error.message, spec_path, schema_path)
            .about(error.language, error.expression)
    }));
}

fn check_task(name: &str, task: &TaskSpec, entries: &mut Vec<Inspection>) {
    let mut property = |value: Option<&Value>, key: &str| {
        let Some(value) = value else { return };
        let schema_key = || key.replace('.', ".properties.");
        let paths = || (format!("tasks.{name}.{key}"), format!("{TASKS_SCHEMA_PATH}.properties.{}", schema_key()));
        check(value, paths, entries);
    };
    property(raw(task.delay.as_ref()), "delay");
    property(raw(task.action.as_ref()), "action");
    property(raw(task.input.as_ref()), "input");
    if let Some(retry) = &task.retry {
        property(raw(retry.when.as_ref()), "retry.when");
        property(raw(retry.count.as_ref()), "retry.count");
        property(raw(retry.delay.as_ref()), "retry.delay");
    }
    if let Some(items) = &task.items {
        property(raw(items.concurrency.as_ref()), "with.concurrency");
        property(Some(&items.written), "with.items");
    }
    for (index, transition) in task.transitions.iter().enumerate() {
        check_transition(name, index, transition, entries);
    }
}

fn raw(property: Option<&Property>) -> Option<&Value> {
    property.map(|property| &property.raw)
}

fn check_transition(name: &str, index: usize, transition: &TransitionSpec, entries: &mut Vec<Inspection>) {
    let when = raw(transition.when.as_ref()).unwrap_or(&Value::Null);
    for (key, value) in [("when", when), ("publish", &transition.publish_raw), ("do", &transition.do_raw)] {
        let schema_path = || format!("{TASKS_SCHEMA_PATH}.properties.next.items.properties.{key}");
        check(value, || (format!("tasks.{name}.next[{index}].{key}"), schema_path()), entries);
    }
}
