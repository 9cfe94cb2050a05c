//! Starts what is ready: actions become effects, everything else is done on the spot.

use serde_json::{Map, Value};

use super::Engine;
use super::effect::{ActionKey, Effect};
use super::pending::PendingAction;
use crate::conductor::{Accumulated, ActionRequest, NextTask, Place, Report};
use crate::host::Answers;
use crate::status::Status;

/// How many tasks without an action may follow each other within one event. A loop of them has no end and no effect.
const TASKS_WITHOUT_ACTION: usize = 10_000;

impl Engine {
    pub(super) fn dispatch(&mut self, answers: &Answers<'_>, effects: &mut Vec<Effect>) {
        let mut without_action = 0;
        loop {
            let Some(conductor) = &mut self.conductor else { return };
            let tasks = conductor.next_tasks(answers);
            if tasks.is_empty() {
                return;
            }
            for task in tasks {
                if self.pauses_before(&task) {
                    self.request(Status::Paused);
                    return;
                }
                if self.starts_actions(&task) {
                    self.request_actions(&task, answers, effects);
                    continue;
                }
                without_action += 1;
                if without_action > TASKS_WITHOUT_ACTION {
                    self.give_up(&task);
                    return;
                }
                self.skip(&task, answers);
            }
        }
    }

    /// Whether the workflow has to pause first. The task stays where it is, with those behind it, until somebody resumes.
    fn pauses_before(&mut self, task: &NextTask) -> bool {
        let is_at_work =
            self.conductor.as_ref().is_some_and(|conductor| conductor.is_at_work(&task.task_id, task.route));
        if is_at_work || !self.workflow.pauses_before.contains(&*task.task_id) {
            return false;
        }
        let place = (task.task_id.to_string(), task.route);
        if self.held.get(&place) == Some(&true) {
            self.held.remove(&place);
            return false;
        }
        self.held.insert(place, false);
        true
    }

    fn starts_actions(&self, task: &NextTask) -> bool {
        task.items_count != Some(0) && task.actions.iter().any(|request| !request.action.is_null())
    }

    fn give_up(&mut self, task: &NextTask) {
        let message = format!(
            "WorkflowLoopError: More than {TASKS_WITHOUT_ACTION} tasks without an action ran in a row; the workflow \
             probably never ends."
        );
        if let Some(conductor) = &mut self.conductor {
            conductor.fail(&message, Place::task(&task.task_id, task.route));
        }
    }

    /// A task with nothing to run succeeds at once.
    fn skip(&mut self, task: &NextTask, answers: &Answers<'_>) {
        self.next_attempt(&task.task_id, task.route);
        for status in [Status::Running, Status::Succeeded] {
            let report = Report::Action { status, result: Value::Null };
            self.report(&task.task_id, task.route, &report, answers);
        }
    }

    fn request_actions(&mut self, task: &NextTask, answers: &Answers<'_>, effects: &mut Vec<Effect>) {
        let attempt = self.attempt(task);
        for request in &task.actions {
            let report = match request.item_id {
                Some(item_id) => Report::Item {
                    item_id,
                    status: Status::Running,
                    result: Value::Null,
                    accumulated: Accumulated::Collected,
                },
                None => Report::Action { status: Status::Running, result: Value::Null },
            };
            if !self.report(&task.task_id, task.route, &report, answers) {
                return;
            }
            let key =
                ActionKey { task_id: task.task_id.to_string(), route: task.route, attempt, item_id: request.item_id };
            let effect = request_effect(&key, request, delay_of(task, request));
            self.pending.add(key, PendingAction { effect: effect.clone(), status: Status::Running });
            effects.push(effect);
        }
    }

    /// A task that starts gets a number of its own; more items of a task at work share the number.
    fn attempt(&mut self, task: &NextTask) -> u32 {
        let at_work = self.conductor.as_ref().is_some_and(|conductor| conductor.is_at_work(&task.task_id, task.route));
        let started = self.attempts.get(&(task.task_id.to_string(), task.route)).copied().unwrap_or(0);
        match started.checked_sub(1) {
            Some(latest) if at_work && task.items_count.is_some() => latest,
            _ => self.next_attempt(&task.task_id, task.route),
        }
    }

    pub(super) fn next_attempt(&mut self, task_id: &str, route: usize) -> u32 {
        let started = self.attempts.entry((task_id.to_owned(), route)).or_insert(0);
        *started += 1;
        *started - 1
    }

    /// Reports to the conductor. A mistake of the author that shows only now fails the workflow; answers whether there
    /// was none.
    pub(super) fn report(&mut self, task_id: &str, route: usize, report: &Report, answers: &Answers<'_>) -> bool {
        let Some(conductor) = &mut self.conductor else { return false };
        match conductor.update_task(task_id, route, report, answers) {
            Ok(_) => true,
            Err(error) => {
                conductor.fail(&format!("{}: {error}", error.class()), Place::task(task_id, route));
                false
            }
        }
    }
}

/// With a concurrency, the delay is for the first batch; the items after it wait for those before them anyway.
fn delay_of(task: &NextTask, request: &ActionRequest) -> u64 {
    let delay = task.delay.and_then(|delay| u64::try_from(delay).ok()).unwrap_or(0);
    let limit = task.concurrency.as_u64().and_then(|limit| usize::try_from(limit).ok());
    match (request.item_id, limit) {
        (Some(item_id), Some(limit)) if item_id >= limit => 0,
        _ => delay,
    }
}

fn request_effect(key: &ActionKey, request: &ActionRequest, delay_seconds: u64) -> Effect {
    let action_ref = match &request.action {
        Value::String(action) => action.clone(),
        other => other.to_string(),
    };
    let input = match &request.input {
        Value::Object(input) => input.clone(),
        _ => Map::new(),
    };
    Effect::RequestAction {
        task_id: key.task_id.clone(),
        route: key.route,
        attempt: key.attempt,
        item_id: key.item_id,
        action_ref,
        input,
        delay_seconds,
    }
}
