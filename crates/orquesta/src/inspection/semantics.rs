//! Whether the tasks fit together (upstream `TaskMappingSpec.detect_*`).

use std::collections::{HashSet, VecDeque};

use super::TASKS_SCHEMA_PATH;
use super::entry::{Inspection, MISTAKES};
use super::joins;
use crate::spec::{Relations, WorkflowSpec, is_engine_command};

pub(super) fn inspect(spec: &WorkflowSpec, relations: &Relations<'_>) -> Vec<Inspection> {
    let mut entries = reserved_names(spec);
    entries.extend(start_tasks(spec, relations));
    entries.extend(undefined_tasks(spec, relations));
    entries.extend(joins::unreachable(relations));
    entries.extend(items_without_action(spec));
    entries
}

pub(super) fn about_task(name: &str, message: String) -> Inspection {
    Inspection::semantic(message, format!("tasks.{name}"), TASKS_SCHEMA_PATH.to_owned())
}

fn reserved_names(spec: &WorkflowSpec) -> Vec<Inspection> {
    let reserved = spec.tasks.keys().filter(|name| is_engine_command(name));
    reserved
        .map(|name| about_task(name, format!("The task name \"{name}\" is reserved with special function.")))
        .collect()
}

fn start_tasks(spec: &WorkflowSpec, relations: &Relations<'_>) -> Option<Inspection> {
    if spec.tasks.is_empty() || !relations.start_tasks().is_empty() {
        return None;
    }
    let message = "Unable to identify any tasks to start the workflow. If the workflow has a loop, please add a task \
                   that serves as an entry point (or lead) into the loop.";
    Some(Inspection::semantic(message.to_owned(), "tasks".to_owned(), "properties.tasks".to_owned()))
}

fn undefined_tasks(spec: &WorkflowSpec, relations: &Relations<'_>) -> Vec<Inspection> {
    let mut entries = Vec::new();
    let mut queue: VecDeque<usize> = relations.start_tasks().into();
    let mut queued: HashSet<usize> = queue.iter().copied().collect();
    while let Some(task) = queue.pop_front() {
        let name = relations.name(task);
        let Some(task_spec) = spec.tasks.get(name) else { continue };
        for (index, transition) in task_spec.transitions.iter().enumerate() {
            for target in &transition.targets {
                let Some(number) = relations.number(target) else { continue };
                if !relations.is_known(number) && entries.len() < MISTAKES {
                    entries.push(Inspection::semantic(
                        format!("The task \"{target}\" is not defined."),
                        format!("tasks.{name}.next[{index}].do"),
                        format!("{TASKS_SCHEMA_PATH}.properties.next.items.properties.do"),
                    ));
                } else if relations.is_task(number) && queued.insert(number) {
                    queue.push_back(number);
                }
            }
        }
    }
    entries
}

fn items_without_action(spec: &WorkflowSpec) -> Vec<Inspection> {
    let without_action = spec.tasks.iter().filter(|(_, task)| task.has_items() && task.action.is_none());
    without_action
        .map(|(name, _)| about_task(name, "The action property is required for with items task.".to_owned()))
        .collect()
}
