//! What a workflow's output says: the steps that its engine took, line by line. Counterpart: st2common/services/workflows.py
//! (`update_progress`).
//!
//! The lines are told from the executions of the workflow's actions whenever somebody asks: they cost no write while it runs. Where actions ran
//! side by side, lines of the same moment may stand in another order than an engine would have written them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;
use squall_model::{Execution, Id, Status, Timestamp};

use crate::masking;
use crate::validation::python;

/// Returns the lines for a workflow whose actions these are.
pub(crate) fn told(workflow: &Execution, actions: &[Arc<Execution>]) -> String {
    let result = &shown_result(workflow);
    let Some(id) = actions.first().and_then(|first| first.workflow_execution) else { return String::new() };
    let mut story = Story::default();
    story.begun(id);
    let happened = timeline(actions);
    let mut rest = happened.as_slice();
    story.requested(&started(rest), true);
    while let Some((event, later)) = rest.split_first() {
        rest = later;
        let Event { action, status: Some(status), .. } = event else { continue };
        let step = Step::of(action);
        story.updated(action, *status, &step);
        if status.is_completed() {
            let is_last = !later.iter().any(Event::is_end);
            if is_last && workflow.status.is_completed() {
                story.ended(workflow.status, result);
            }
            story.goes_on_after(&step);
            story.requested(&started(later), false);
        }
    }
    if workflow.status.is_completed() {
        story.closed(workflow.status, result);
    }
    story.out
}

fn shown_result(workflow: &Execution) -> Value {
    masking::result(&workflow.snapshot, workflow.result_value())
}

/// Returns the lines that the newest move of a workflow adds to its output.
pub(crate) fn told_of_workflow(workflow: &Execution) -> String {
    let (mut story, result) = (Story::default(), &shown_result(workflow));
    let runs = workflow.log.iter().filter(|entry| entry.status == Status::Running).count();
    let id = workflow.context.get("workflow_execution").and_then(Value::as_str).and_then(|text| text.parse().ok());
    match (workflow.status, id) {
        (Status::Running, Some(id)) if runs == 1 => {
            story.begun(id);
            story.running();
        }
        (status, Some(_)) if status.is_completed() => {
            story.ended(status, result);
            story.closed(status, result);
        }
        _ => {}
    }
    story.out
}

/// Returns the lines that the newest move of an action adds to the output of its workflow.
pub(crate) fn told_of_action(action: &Execution) -> String {
    let (mut story, step) = (Story::default(), Step::of(action));
    story.updated(action, action.status, &step);
    if action.status.is_completed() {
        story.goes_on_after(&step);
    }
    story.out
}

/// Returns the lines that the request for actions which begin together adds to the output of their workflow.
pub(crate) fn told_of_request(actions: &[Arc<Execution>]) -> String {
    let mut story = Story::default();
    story.requested(&actions.iter().map(Arc::as_ref).collect::<Vec<_>>(), false);
    story.out
}

/// One thing that happened to an action: it was requested (no status), or moved.
struct Event<'a> {
    at: Timestamp,
    action: &'a Execution,
    status: Option<Status>,
}

impl Event<'_> {
    fn is_end(&self) -> bool {
        self.status.is_some_and(Status::is_completed)
    }
}

fn timeline(actions: &[Arc<Execution>]) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    for action in actions {
        events.push(Event { at: action.start_timestamp, action, status: None });
        let moves = action.log.iter().skip(1);
        events.extend(moves.map(|entry| Event { at: entry.timestamp, action, status: Some(entry.status) }));
    }
    events.sort_by_key(|event| event.at);
    events
}

/// Returns the actions requested before the next one ends: those that the last news led to.
fn started<'a>(events: &[Event<'a>]) -> Vec<&'a Execution> {
    let before = events.iter().take_while(|event| !event.is_end());
    before.filter(|event| event.status.is_none()).map(|event| event.action).collect()
}

/// Which part of its workflow an action is.
struct Step<'a> {
    task: &'a str,
    route: u64,
    item: Option<u64>,
}

impl<'a> Step<'a> {
    fn of(action: &'a Execution) -> Self {
        let own = action.context.get("orquesta").unwrap_or(&Value::Null);
        Self {
            task: own["task_id"].as_str().unwrap_or_default(),
            route: own["task_route"].as_u64().unwrap_or_default(),
            item: own["item_id"].as_u64(),
        }
    }

    fn is_same_task(&self, other: &Self) -> bool {
        (self.task, self.route) == (other.task, other.route)
    }
}

#[derive(Default)]
struct Story {
    out: String,
    /// Task executions that were mentioned.
    known: BTreeSet<String>,
}

impl Story {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let written = writeln!(self.out, "{line}");
        debug_assert!(written.is_ok(), "a string takes text");
    }

    fn begun(&mut self, workflow: Id) {
        self.line(format_args!("Workflow execution \"{workflow}\" is created."));
        self.line(format_args!("Processing request for workflow execution."));
        self.line(format_args!("Requesting conductor to start running workflow execution."));
        self.line(format_args!("Identifying next set (iter 0) of tasks for workflow execution in status \"running\"."));
    }

    fn running(&mut self) {
        self.line(format_args!("Updating workflow execution from status \"requested\" to \"running\"."));
    }

    fn requested(&mut self, actions: &[&Execution], is_first: bool) {
        let mut steps: Vec<Step<'_>> = Vec::new();
        for step in actions.iter().map(|action| Step::of(action)) {
            if !steps.iter().any(|known| known.is_same_task(&step)) {
                steps.push(step);
            }
        }
        if !steps.is_empty() {
            let named: Vec<String> = steps.iter().map(|step| format!("{} (route {})", step.task, step.route)).collect();
            self.line(format_args!("Identified the following set of tasks to execute next: {}", named.join(", ")));
            self.marked(actions);
            if is_first {
                self.running();
            }
            for step in &steps {
                self.task_requested(step, actions);
            }
            self.line(format_args!(
                "Identifying next set (iter 1) of tasks for workflow execution in status \"running\"."
            ));
        }
        self.line(format_args!("No tasks identified to execute next.\n\n"));
    }

    fn marked(&mut self, actions: &[&Execution]) {
        for Step { task, route, item } in actions.iter().map(|action| Step::of(action)) {
            if let Some(item) = item {
                self.line(format_args!(
                    "Mark task \"{task}\", route \"{route}\", item \"{item}\" in conductor as running."
                ));
            }
        }
    }

    fn task_requested(&mut self, step: &Step<'_>, actions: &[&Execution]) {
        let (task, route) = (step.task, step.route);
        self.line(format_args!("Requesting execution for task \"{task}\", route \"{route}\"."));
        for action in actions.iter().filter(|action| Step::of(action).is_same_task(step)) {
            let execution = task_execution(action);
            let mut before = actions.iter().take_while(|other| other.id != action.id);
            if !before.any(|other| task_execution(other) == execution) {
                let verb = if self.known.insert(execution.clone()) { "created" } else { "retrieved" };
                self.line(format_args!(
                    "Task execution \"{execution}\" {verb} for task \"{task}\", route \"{route}\"."
                ));
            }
            let id = action.id;
            self.line(format_args!("Action execution \"{id}\" requested for task \"{task}\", route \"{route}\"."));
        }
    }

    fn updated(&mut self, action: &Execution, status: Status, step: &Step<'_>) {
        let (id, task) = (action.id, step.task);
        self.line(format_args!("Action execution \"{id}\" for task \"{task}\" is updated and in \"{status}\" state."));
        if status.is_completed() {
            self.completed(action, status, step);
        }
    }

    fn completed(&mut self, action: &Execution, status: Status, step: &Step<'_>) {
        let (id, task, route) = (action.id, step.task, step.route);
        self.line(format_args!(
            "Handling completion of action execution \"{id}\" in status \"{status}\" for task \"{task}\", route \"{route}\"."
        ));
        match step.item {
            Some(item) => self.line(format_args!(
                "Processing action execution for task \"{task}\", route \"{route}\", item \"{item}\"."
            )),
            None => {
                let execution = task_execution(action);
                self.line(format_args!(
                    "Updating task execution \"{execution}\" for task \"{task}\" from status \"running\" to \"{status}\"."
                ));
            }
        }
    }

    fn goes_on_after(&mut self, step: &Step<'_>) {
        let (task, route) = (step.task, step.route);
        self.line(format_args!(
            "Identifying next set (iter 0) of tasks after completion of task \"{task}\", route \"{route}\"."
        ));
    }

    fn ended(&mut self, status: Status, result: &Value) {
        self.line(format_args!("Updating workflow execution from status \"running\" to \"{status}\"."));
        self.errors(result);
        self.line(format_args!("Workflow action execution is completed and invoking post run."));
    }

    fn closed(&mut self, status: Status, result: &Value) {
        self.errors(result);
        self.line(format_args!("The workflow execution is completed with status \"{status}\".\n\n"));
        self.errors(result);
    }

    fn errors(&mut self, result: &Value) {
        let errors = result.get("errors").and_then(Value::as_array).filter(|errors| !errors.is_empty());
        for (number, error) in errors.into_iter().flatten().enumerate() {
            if number == 0 {
                self.line(format_args!("Workflow execution completed with errors."));
            }
            self.line(format_args!("{}", python(error)));
        }
    }
}

fn task_execution(action: &Execution) -> String {
    action.task_execution.map(|id| id.to_string()).unwrap_or_default()
}
