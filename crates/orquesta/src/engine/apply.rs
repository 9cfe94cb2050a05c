//! One event, one change of state.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Engine;
use super::effect::{ActionKey, Effect};
use super::error::ConductError;
use super::event::{Event, EventKind};
use crate::conductor::{Accumulated, Conductor, Place, Report, RerunRequest};
use crate::host::{Answers, Host};
use crate::status::Status;

impl Engine {
    /// Applies an event. The first time, the host is asked what the expressions want to know, and its answers are
    /// recorded in the event; an event from the log brings its answers along.
    pub fn apply(&mut self, event: &mut Event, host: &dyn Host) -> Result<Vec<Effect>, ConductError> {
        self.check(&event.kind)?;
        let answers = Answers::new(host, std::mem::take(&mut event.answers));
        let before = self.status();
        let mut effects = Vec::new();
        self.perform(&event.kind, &answers, &mut effects);
        self.conclude(before, &answers, &mut effects);
        event.answers = answers.into_recorded();
        Ok(effects)
    }

    /// Whether the event makes sense. Past this, nothing fails but the workflow itself.
    fn check(&self, kind: &EventKind) -> Result<(), ConductError> {
        if let EventKind::Started { .. } = kind {
            let started = self.conductor.is_some() || self.refused.is_some();
            return if started { Err(ConductError::AlreadyStarted) } else { Ok(()) };
        }
        let conductor = self.conductor.as_ref().ok_or(ConductError::NotStarted)?;
        match kind {
            EventKind::Started { .. } => Ok(()),
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
            EventKind::PauseRequested => Ok(conductor.accepts_request(Status::Paused)?),
            EventKind::ResumeRequested => Ok(conductor.accepts_request(Status::Resuming)?),
            EventKind::CancelRequested => Ok(conductor.accepts_request(Status::Canceled)?),
            EventKind::RerunRequested { tasks, reset } => {
                let requests = self.rerun_requests(conductor, tasks, reset)?;
                conductor.rerun_candidates(&requests)?;
                Ok(())
            }
        }
    }

    fn perform(&mut self, kind: &EventKind, answers: &Answers<'_>, effects: &mut Vec<Effect>) {
        match kind {
            EventKind::Started { inputs, context } => self.start(inputs, context, answers, effects),
            EventKind::ActionChanged { task_id, route, attempt, item_id, status, result } => {
                let key = key(task_id, *route, *attempt, *item_id);
                if self.takes_along(&key, *status) {
                    self.request(Status::Running);
                }
                self.note(&key, *status, result.clone(), answers);
                self.dispatch(answers, effects);
            }
            EventKind::ActionRefused { task_id, route, attempt, item_id, message } => {
                if let Some(conductor) = &mut self.conductor {
                    conductor.fail(message, Place::task(task_id, *route));
                }
                self.note(&key(task_id, *route, *attempt, *item_id), Status::Failed, Value::Null, answers);
            }
            EventKind::PauseRequested => {
                self.request(Status::Paused);
                let tell = |status: Status| status.is_active() && status != Status::Pausing;
                self.tell_actions(tell, Effect::PauseAction, effects);
            }
            EventKind::ResumeRequested => {
                self.request(Status::Resuming);
                self.held.values_mut().for_each(|may_start| *may_start = true);
                self.tell_actions(|status| status.is_pause(), Effect::ResumeAction, effects);
                self.expect_to_go_on(answers);
                self.dispatch(answers, effects);
                if self.only_waits_for_answers() {
                    self.request(Status::Paused);
                    // It has not been told anything else, but whoever resumed it has.
                    effects.push(Effect::WorkflowChanged { status: self.status() });
                }
            }
            EventKind::CancelRequested => {
                self.request(Status::Canceled);
                self.tell_actions(|status| status != Status::Canceling, Effect::CancelAction, effects);
            }
            EventKind::RerunRequested { tasks, reset } => self.rerun(tasks, reset, answers, effects),
        }
    }

    /// Whether there is nothing that the workflow could go on with before somebody answers.
    fn only_waits_for_answers(&self) -> bool {
        let mut actions = self.pending.iter().peekable();
        actions.peek().is_some() && actions.all(|(_, action)| action.status == Status::Pending)
    }

    /// Whether a workflow that is held up goes on because of what an action says; what else is held up in it stays so.
    ///
    /// A workflow within it that goes on, or has gone on to its end, takes it along. So does the end of an action that waited for an
    /// answer, also where the workflow is still on its way to a pause: with the answer, what it was to pause for is over.
    fn takes_along(&self, key: &ActionKey, status: Status) -> bool {
        let has_ended = status.is_completed() && status != Status::Canceled;
        match (self.status(), self.pending.status(key)) {
            (Status::Paused, _) if status == Status::Running => true,
            (Status::Paused, Some(Status::Paused)) | (Status::Paused | Status::Pausing, Some(Status::Pending)) => {
                has_ended
            }
            _ => false,
        }
    }

    fn check_awaited(&self, key: ActionKey) -> Result<(), ConductError> {
        if self.pending.contains(&key) {
            return Ok(());
        }
        let ActionKey { task_id, route, attempt, item_id } = key;
        Err(ConductError::NotAwaited { task_id, route, attempt, item_id })
    }

    /// Takes in how an action stands.
    fn note(&mut self, key: &ActionKey, status: Status, result: Value, answers: &Answers<'_>) {
        self.pending.note(key, status);
        let report = match key.item_id {
            Some(item_id) => Report::Item { item_id, status, result, accumulated: Accumulated::Collected },
            None => Report::Action { status, result },
        };
        self.report(&key.task_id, key.route, &report, answers);
    }

    fn start(
        &mut self,
        inputs: &Map<String, Value>,
        context: &Map<String, Value>,
        answers: &Answers<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let found = self.workflow.inspect(context);
        if !found.is_empty() {
            let entry = |entry| serde_json::to_value(entry).unwrap_or_default();
            self.refused = Some(found.into_iter().map(entry).collect());
            return;
        }
        let conductor = Conductor::new(Arc::clone(&self.workflow), context.clone(), inputs.clone(), answers);
        self.conductor = Some(conductor);
        self.request(Status::Running);
        self.dispatch(answers, effects);
    }

    pub(super) fn request(&mut self, status: Status) {
        if let Some(conductor) = &mut self.conductor {
            // Whether the request makes sense has been checked; one that changes nothing is no matter.
            let _ = conductor.request_status(status);
        }
    }

    fn tell_actions(
        &self,
        concerns: impl Fn(Status) -> bool,
        tell: fn(ActionKey) -> Effect,
        effects: &mut Vec<Effect>,
    ) {
        let concerned = self.pending.iter().filter(|(_, action)| concerns(action.status));
        effects.extend(concerned.map(|(key, _)| tell(key.clone())));
    }

    /// What was told to go on counts as at work from now on, not from when it says so: an action beside it may end before
    /// that, and would find nothing at work.
    fn expect_to_go_on(&mut self, answers: &Answers<'_>) {
        let paused = self.pending.iter().filter(|(_, action)| action.status == Status::Paused);
        for key in paused.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.note(&key, Status::Running, Value::Null, answers);
        }
    }

    fn rerun(&mut self, tasks: &[String], reset: &[String], answers: &Answers<'_>, effects: &mut Vec<Effect>) {
        let Some(conductor) = &self.conductor else { return };
        let Ok(requests) = self.rerun_requests(conductor, tasks, reset) else { return };
        self.finished = false;
        // Items may start again beside others that are still at work.
        let mut at_work = conductor.rerun_tasks(&requests);
        at_work.retain(|(task_id, route)| conductor.is_at_work(task_id, *route));
        for (task_id, route) in at_work {
            self.next_attempt(&task_id, route);
        }
        if let Some(conductor) = &mut self.conductor
            && let Err(error) = conductor.request_rerun(&requests, answers)
        {
            conductor.fail(&format!("{}: {error}", error.class()), Place::default());
        }
        self.dispatch(answers, effects);
    }

    /// A name stands for the task on every route it ran on.
    fn rerun_requests(
        &self,
        conductor: &Conductor,
        tasks: &[String],
        reset: &[String],
    ) -> Result<Vec<RerunRequest>, ConductError> {
        let mut requests = Vec::new();
        let mut unknown = Vec::new();
        let mut names: Vec<&String> = tasks.iter().collect();
        names.extend(reset.iter().filter(|name| !tasks.contains(name)));
        for name in names {
            let routes = conductor.routes_of(name);
            if routes.is_empty() {
                unknown.push(name.as_str());
            }
            let reset_items = reset.contains(name);
            requests.extend(routes.into_iter().map(|route| RerunRequest { task_id: name.clone(), route, reset_items }));
        }
        if unknown.is_empty() { Ok(requests) } else { Err(ConductError::TasksNotFound(unknown.join(","))) }
    }

    /// Tells how the workflow stands now, if that is news.
    fn conclude(&mut self, before: Status, answers: &Answers<'_>, effects: &mut Vec<Effect>) {
        self.settle_if_idle();
        let over = self.status().is_completed();
        if over && !self.finished {
            self.finished = true;
            if let Some(conductor) = self.conductor.as_mut().filter(|conductor| conductor.has_begun()) {
                conductor.render_output(answers);
            }
            let output = self.conductor.as_ref().and_then(Conductor::output);
            let output = output.map_or(Value::Null, |output| Value::Object(output.clone()));
            effects.push(Effect::Finished { status: self.status(), output, errors: self.errors().to_vec() });
        } else if !over && self.status() != before {
            effects.push(Effect::WorkflowChanged { status: self.status() });
        }
    }

    /// A workflow that is neither over nor paused waits for an action. One that waits for none gets to where it was
    /// going: a rerun that finds nothing to run, above all, would otherwise wait for ever.
    fn settle_if_idle(&mut self) {
        let Some(conductor) = &mut self.conductor else { return };
        let status = conductor.status();
        if self.pending.is_empty() && !status.is_completed() && status != Status::Paused {
            conductor.settle();
        }
    }
}

fn key(task_id: &str, route: usize, attempt: u32, item_id: Option<usize>) -> ActionKey {
    ActionKey { task_id: task_id.to_owned(), route, attempt, item_id }
}
