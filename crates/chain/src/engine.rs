//! Runs a chain as the fold of its log: events in, effects out. Counterpart: `ActionChainRunner._run_chain`.
//!
//! At most one action is at work at a time; everything between two actions happens within one event.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use squall_orquesta::conductor::ConductorError;
use squall_orquesta::engine::ActionKey;
use squall_orquesta::{ConductError, Effect, Event, EventKind, Question, Status};

use crate::answers::{Answers, SharedHost};
use crate::definition::{Chain, Node};
use crate::names::Names;
use crate::result::{self, Failed, TaskRecord};

/// What a chain is started with besides its parameters; the `context` of its first event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The context of the chain's own execution, with its id as `execution_id`.
    pub parent: Map<String, Value>,
    /// The configuration of the chain's pack, where a template names it.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// What is told of tasks that have no `notify` of their own.
    #[serde(default)]
    pub notify: Option<Value>,
    #[serde(default)]
    pub skip_notify: Vec<String>,
    pub display_published: bool,
    /// The file that errors name.
    #[serde(default)]
    pub file: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            parent: Map::new(),
            config: Map::new(),
            notify: None,
            skip_notify: Vec::new(),
            display_published: true,
            file: String::new(),
        }
    }
}

/// The action that is at work.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Current {
    key: ActionKey,
    effect: Effect,
    status: Status,
    created_at: i64,
    execution_id: Value,
    liveaction_id: Value,
    /// What an action that waits or pauses has answered so far.
    so_far: Option<Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    status: Status,
    settings: Settings,
    inputs: Map<String, Value>,
    /// `vars` of the definition, and over them what was published.
    vars: Map<String, Value>,
    /// What the tasks answered, as templates see it.
    results: Map<String, Value>,
    published: Map<String, Value>,
    tasks: Vec<TaskRecord>,
    starts: BTreeMap<String, u32>,
    current: Option<Current>,
    /// Where a chain that pauses between two tasks goes on.
    next: Option<String>,
    /// How the chain ends when no task follows.
    outcome: Status,
    failed: Option<Failed>,
    finished: bool,
}

#[derive(Clone, Debug)]
pub struct Engine {
    chain: Arc<Chain>,
    state: State,
}

/// What one event asks, and what it leads to.
struct Step {
    answers: Arc<Answers>,
    effects: Vec<Effect>,
}

impl Step {
    fn now(&self) -> i64 {
        self.answers.ask(&Question::Now).ok().and_then(|now| now.as_i64()).unwrap_or_default()
    }
}

impl Engine {
    pub fn new(chain: Arc<Chain>) -> Self {
        Self { chain, state: State::default() }
    }

    pub const fn chain(&self) -> &Arc<Chain> {
        &self.chain
    }

    pub const fn status(&self) -> Status {
        self.state.status
    }

    /// The request that has no terminal answer yet.
    pub fn pending(&self) -> Option<&Effect> {
        self.state.current.as_ref().map(|current| &current.effect)
    }

    /// Which action has no terminal answer yet.
    pub fn pending_key(&self) -> Option<&ActionKey> {
        self.state.current.as_ref().map(|current| &current.key)
    }

    pub fn status_of(&self, key: &ActionKey) -> Option<Status> {
        self.state.current.as_ref().filter(|current| current.key == *key).map(|current| current.status)
    }

    /// The notifications that the action of a task asks for.
    pub fn notify_of(&self, task: &str) -> Option<&Value> {
        let State { settings, .. } = &self.state;
        if settings.skip_notify.iter().any(|skipped| skipped == task) {
            return None;
        }
        self.chain.node(task).and_then(|node| node.notify.as_ref()).or(settings.notify.as_ref())
    }

    /// The variables, as the context of a chain that has paused shows them.
    pub const fn vars(&self) -> &Map<String, Value> {
        &self.state.vars
    }

    /// The result as far as the chain has come.
    pub fn result(&self) -> Value {
        let State { settings, published, tasks, failed, .. } = &self.state;
        let published = settings.display_published.then_some(published);
        match &self.state.current {
            Some(current) if current.so_far.is_some() => {
                let waiting = [tasks.as_slice(), &[record(current, current.created_at)]].concat();
                result::shown(&waiting, published, failed.as_ref())
            }
            _ => result::shown(tasks, published, failed.as_ref()),
        }
    }

    pub fn snapshot(&self) -> Value {
        serde_json::to_value(&self.state).unwrap_or_default()
    }

    pub fn restore(chain: Arc<Chain>, snapshot: Value) -> Result<Self, serde_json::Error> {
        Ok(Self { chain, state: serde_json::from_value(snapshot)? })
    }

    /// Applies an event. The first time, the host is asked, and its answers are recorded in the event; an event from the
    /// log brings its answers along.
    pub fn apply(&mut self, event: &mut Event, host: &SharedHost) -> Result<Vec<Effect>, ConductError> {
        self.check(&event.kind)?;
        let before = self.status();
        let answers = Answers::new(host, std::mem::take(&mut event.answers));
        let mut step = Step { answers, effects: Vec::new() };
        self.perform(&event.kind, &mut step);
        event.answers = step.answers.recorded();
        let status = self.status();
        if status.is_completed() && !self.state.finished {
            self.state.finished = true;
            step.effects.push(Effect::Finished { status, output: Value::Null, errors: Vec::new() });
        } else if !status.is_completed() && status != before {
            step.effects.push(Effect::WorkflowChanged { status });
        }
        Ok(step.effects)
    }

    /// Whether the event makes sense. Past this, nothing fails but the chain itself.
    fn check(&self, kind: &EventKind) -> Result<(), ConductError> {
        let current = self.status();
        match kind {
            EventKind::Started { .. } if current == Status::Unset => Ok(()),
            EventKind::Started { .. } => Err(ConductError::AlreadyStarted),
            _ if current == Status::Unset => Err(ConductError::NotStarted),
            EventKind::ActionChanged { task_id, route, attempt, item_id, status, .. } => {
                self.check_awaited(key(task_id, *route, *attempt, *item_id))?;
                match status {
                    Status::Unset | Status::Retrying => Err(ConductError::InvalidStatus(*status)),
                    _ => Ok(()),
                }
            }
            EventKind::ActionRefused { task_id, route, attempt, item_id, .. } => {
                self.check_awaited(key(task_id, *route, *attempt, *item_id))
            }
            EventKind::PauseRequested if current == Status::Running => Ok(()),
            EventKind::ResumeRequested if current.is_pause() => Ok(()),
            EventKind::CancelRequested if !current.is_completed() && !current.is_cancel() => Ok(()),
            EventKind::PauseRequested => Err(impossible(current, Status::Pausing)),
            EventKind::ResumeRequested => Err(impossible(current, Status::Resuming)),
            EventKind::CancelRequested => Err(impossible(current, Status::Canceling)),
            EventKind::RerunRequested { .. } => Err(ConductorError::WorkflowIsActiveAndNotRerunable.into()),
        }
    }

    fn check_awaited(&self, key: ActionKey) -> Result<(), ConductError> {
        if self.pending_key() == Some(&key) {
            return Ok(());
        }
        let ActionKey { task_id, route, attempt, item_id } = key;
        Err(ConductError::NotAwaited { task_id, route, attempt, item_id })
    }

    fn perform(&mut self, kind: &EventKind, step: &mut Step) {
        match kind {
            EventKind::Started { inputs, context } => self.start(inputs, context, step),
            EventKind::ActionChanged { status, result, .. } if status.is_completed() => {
                self.action_ended(*status, result, step);
            }
            EventKind::ActionChanged { status, result, .. } => self.action_moved(*status, result),
            EventKind::ActionRefused { message, .. } => self.action_refused(message, step),
            EventKind::PauseRequested => {
                self.state.status = Status::Pausing;
                self.tell(Effect::PauseAction, step);
            }
            EventKind::ResumeRequested => self.resume(step),
            EventKind::CancelRequested if self.state.current.is_some() => {
                self.state.status = Status::Canceling;
                self.tell(Effect::CancelAction, step);
            }
            EventKind::CancelRequested => self.state.status = Status::Canceled,
            // Refused by `check`.
            EventKind::RerunRequested { .. } => {}
        }
    }

    fn tell(&self, tell: fn(ActionKey) -> Effect, step: &mut Step) {
        step.effects.extend(self.pending_key().cloned().map(tell));
    }

    fn start(&mut self, inputs: &Map<String, Value>, context: &Map<String, Value>, step: &mut Step) {
        self.state.inputs = inputs.clone();
        self.state.settings = serde_json::from_value(Value::Object(context.clone())).unwrap_or_default();
        self.state.status = Status::Running;
        let chain = Arc::clone(&self.chain);
        match Names::new(&step.answers).with(inputs).render(&chain.vars) {
            Ok(vars) => self.state.vars = vars,
            Err(failure) => {
                let reason = "Failed initializing ``vars`` in chain.";
                return self.fail(reason, failure.message(), None);
            }
        }
        // A name that is a template is looked for as it is written, and is no task's: such a chain has nothing to do.
        self.go_on(chain.node(&chain.start), Status::Succeeded, step);
    }

    /// Runs the task, or ends the chain where there is none.
    fn go_on(&mut self, node: Option<&Node>, outcome: Status, step: &mut Step) {
        match node {
            Some(node) => self.run(node, step),
            None => self.state.status = outcome,
        }
    }

    fn run(&mut self, node: &Node, step: &mut Step) {
        let parameters = match self.names_of_parameters(step).render(&node.parameters) {
            Ok(parameters) => parameters,
            Err(failure) => {
                let reason = format!("Failed to run task \"{}\". Parameter rendering failed.", node.name);
                return self.fail(&reason, &failure.of("action", &node.name), Some(node));
            }
        };
        let starts = self.state.starts.entry(node.name.clone()).or_default();
        let key = key(&node.name, 0, *starts, None);
        *starts += 1;
        let effect = Effect::RequestAction {
            task_id: node.name.clone(),
            route: 0,
            attempt: key.attempt,
            item_id: None,
            action_ref: node.action.clone(),
            input: parameters,
            delay_seconds: 0,
        };
        let asked = Question::Execution { task_id: node.name.clone(), route: 0, attempt: key.attempt };
        let ids = step.answers.ask(&asked).unwrap_or_default();
        let id = |name: &str| ids.get(name).cloned().unwrap_or_default();
        self.state.current = Some(Current {
            key,
            effect: effect.clone(),
            status: Status::Requested,
            created_at: step.now(),
            execution_id: id("execution_id"),
            liveaction_id: id("liveaction_id"),
            so_far: None,
        });
        step.effects.push(effect);
    }

    /// What parameters see: the chain's own, earlier results, variables, and where the chain runs.
    fn names_of_parameters(&self, step: &Step) -> Names {
        let State { settings, inputs, results, vars, .. } = &self.state;
        Names::new(&step.answers)
            .with(inputs)
            .with(results)
            .with(vars)
            .and("__results", &json!(results))
            .and("action_context", &json!({"parent": settings.parent}))
            .and("config_context", &json!(settings.config))
    }

    /// An action is at work, waits for somebody, or has paused.
    fn action_moved(&mut self, status: Status, result: &Value) {
        let Some(current) = &mut self.state.current else { return };
        let waited = current.so_far.is_some();
        current.status = status;
        match status {
            Status::Pending | Status::Paused => {
                current.so_far = Some(result.clone());
                self.state.results.insert(current.key.task_id.clone(), result.clone());
                if matches!(self.state.status, Status::Running | Status::Pausing) {
                    self.state.status = Status::Paused;
                }
            }
            // Goes on after a pause, and takes the chain along.
            Status::Running if waited => {
                current.so_far = None;
                if self.state.status == Status::Paused {
                    self.state.status = Status::Running;
                }
            }
            _ => {}
        }
    }

    fn action_ended(&mut self, status: Status, result: &Value, step: &mut Step) {
        let Some(mut current) = self.state.current.take() else { return };
        let Some(node) = self.chain.clone().node(&current.key.task_id).cloned() else { return };
        let waited = current.so_far.take();
        self.note_result(&node, waited.as_ref().filter(|_| current.status == Status::Pending), result);
        current.status = status;
        current.so_far = Some(result.clone());
        self.state.tasks.push(record(&current, step.now()));
        if let Err(error) = self.publish(&node, step) {
            let traceback = self.place(Some(&node), &error);
            self.state.failed = Some(Failed { error, traceback, alone: true });
            self.state.status = Status::Failed;
            return;
        }
        // It was the action that the chain waited for, not somebody who wished it to wait.
        if waited.is_some() && self.state.status == Status::Paused {
            self.state.status = Status::Running;
        }
        self.leave(&node, status, step);
    }

    /// Keeps a result for later templates. What an inquiry was asked stays, and what came of it is its `result`, as in StackStorm.
    fn note_result(&mut self, node: &Node, asked: Option<&Value>, result: &Value) {
        let seen = match asked {
            Some(Value::Object(asked)) => {
                let mut asked = asked.clone();
                asked.insert("result".to_owned(), result.clone());
                Value::Object(asked)
            }
            _ => result.clone(),
        };
        self.state.results.insert(node.name.clone(), seen);
    }

    fn publish(&mut self, node: &Node, step: &Step) -> Result<(), String> {
        let State { inputs, results, vars, .. } = &self.state;
        let names = Names::new(&step.answers).with(inputs).with(results).with(vars).and("__results", &json!(results));
        let published = names.render(&node.publish).map_err(|failure| failure.of("publish", &node.name))?;
        self.state.vars.extend(published.clone());
        self.state.published.extend(published);
        Ok(())
    }

    /// An action that could not be requested. `message` starts with the class of the error.
    fn action_refused(&mut self, message: &str, step: &mut Step) {
        let Some(mut current) = self.state.current.take() else { return };
        let Some(node) = self.chain.clone().node(&current.key.task_id).cloned() else { return };
        let (class, text) = message.split_once(": ").unwrap_or(("", message));
        let (name, action) = (&node.name, &node.action);
        if class == "InvalidActionReferencedException" {
            let reason = format!("Failed to run task \"{name}\". Action with reference \"{action}\" doesn't exist.");
            let text = format!("Task :: {name} - Action with ref {action} not registered.");
            return self.fail(&reason, &text, Some(&node));
        }
        let error = format!("Failed running task \"{name}\".. {text}");
        let error = json!({"error": error, "traceback": self.place(Some(&node), message)});
        self.state.results.insert(name.clone(), error.clone());
        current.status = Status::Failed;
        current.so_far = Some(error);
        current.execution_id = Value::Null;
        // The word that Python makes of an id that is not there.
        current.liveaction_id = json!("None");
        self.state.tasks.push(record(&current, step.now()));
        self.leave(&node, Status::Failed, step);
    }

    /// Leaves a task that ended like this: on to the next one, unless somebody wished otherwise meanwhile.
    fn leave(&mut self, node: &Node, ended: Status, step: &mut Step) {
        if ended == Status::Canceled || self.state.status.is_cancel() {
            self.state.status = Status::Canceled;
            return;
        }
        let (outcome, target) = match ended {
            Status::Succeeded => (Status::Succeeded, &node.on_success),
            Status::Timeout => (Status::Timeout, &node.on_failure),
            _ => (Status::Failed, &node.on_failure),
        };
        let chain = Arc::clone(&self.chain);
        let next = target.as_deref().map(|target| (target, chain.node(target)));
        if let Some((target, None)) = next {
            let reason = format!("Failed to get next node \"{}\".", node.name);
            return self.fail(&reason, &format!("Unable to find node with name \"{target}\"."), Some(node));
        }
        let next = next.and_then(|(_, next)| next);
        if self.state.status.is_pause() {
            self.state.status = Status::Paused;
            self.state.next = next.map(|next| next.name.clone());
            self.state.outcome = outcome;
            return;
        }
        self.go_on(next, outcome, step);
    }

    fn resume(&mut self, step: &mut Step) {
        self.state.status = Status::Running;
        if let Some(current) = &mut self.state.current {
            if current.status == Status::Paused {
                current.status = Status::Running;
                current.so_far = None;
                self.tell(Effect::ResumeAction, step);
            }
            return;
        }
        let chain = Arc::clone(&self.chain);
        let next = self.state.next.take();
        self.go_on(next.as_deref().and_then(|next| chain.node(next)), self.state.outcome, step);
    }

    fn fail(&mut self, reason: &str, text: &str, node: Option<&Node>) {
        let traceback = self.place(node, text);
        self.state.failed = Some(Failed { error: format!("{reason}. {text}"), traceback, alone: false });
        self.state.status = Status::Failed;
    }

    /// Returns where in the chain an error happened, laid out as Python's tracebacks are.
    fn place(&self, node: Option<&Node>, text: &str) -> String {
        let file = &self.state.settings.file;
        let line = node.and_then(|node| node.line).unwrap_or(1);
        let task = node.map_or_else(|| "vars".to_owned(), |node| node.name.clone());
        format!("  File \"{file}\", line {line}, in {task}\n{text}\n")
    }
}

fn record(current: &Current, updated_at: i64) -> TaskRecord {
    TaskRecord {
        name: current.key.task_id.clone(),
        execution_id: current.execution_id.clone(),
        liveaction_id: current.liveaction_id.clone(),
        created_at: current.created_at,
        updated_at,
        state: current.status,
        result: current.so_far.clone().unwrap_or_default(),
    }
}

fn key(task_id: &str, route: usize, attempt: u32, item_id: Option<usize>) -> ActionKey {
    ActionKey { task_id: task_id.to_owned(), route, attempt, item_id }
}

fn impossible(current: Status, requested: Status) -> ConductError {
    ConductorError::InvalidWorkflowStatusTransition { current, requested }.into()
}
