//! A vocabulary for telling what happens to a workflow. Every story is replayed from its log when it ends.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value};
use squall_orquesta::engine::ActionKey;
use squall_orquesta::{ConductError, Effect, Engine, Event, EventKind, NoHost, Status, Workflow};

pub(crate) struct Story {
    workflow: Arc<Workflow>,
    engine: Engine,
    log: Vec<Event>,
    told: Vec<Effect>,
    /// Effects that the story has not spoken of yet.
    pending: VecDeque<Effect>,
    /// Requests that were made and not answered.
    awaited: Vec<ActionKey>,
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

impl Story {
    pub(crate) fn start(definition: &str, inputs: Value) -> Self {
        let workflow = Workflow::compile(definition).expect("a workflow definition");
        let mut story = Self {
            engine: Engine::new(Arc::clone(&workflow)),
            workflow,
            log: Vec::new(),
            told: Vec::new(),
            pending: VecDeque::new(),
            awaited: Vec::new(),
        };
        story.happens(EventKind::Started { inputs: object(inputs), context: Map::new() });
        story
    }

    pub(crate) fn happens(&mut self, kind: EventKind) {
        let mut event = Event::from(kind);
        let effects = self.engine.apply(&mut event, &NoHost).expect("an event that makes sense");
        self.log.push(event);
        for effect in &effects {
            if let Effect::RequestAction { task_id, route, attempt, item_id, .. } = effect {
                let (route, attempt, item_id) = (*route, *attempt, *item_id);
                self.awaited.push(ActionKey { task_id: task_id.clone(), route, attempt, item_id });
            }
        }
        self.told.extend(effects.clone());
        self.pending.extend(effects);
        self.is_replayable();
    }

    pub(crate) fn refuses(&mut self, kind: EventKind) -> ConductError {
        let before = self.engine.snapshot();
        let error = self.engine.apply(&mut Event::from(kind), &NoHost).expect_err("an event that makes no sense");
        assert_eq!(self.engine.snapshot(), before, "a refused event changes nothing");
        error
    }

    pub(crate) fn succeeds(&mut self, task_id: &str, result: Value) {
        self.reports(task_id, None, Status::Succeeded, result);
    }

    pub(crate) fn fails(&mut self, task_id: &str, result: Value) {
        self.reports(task_id, None, Status::Failed, result);
    }

    pub(crate) fn item_succeeds(&mut self, task_id: &str, item: usize, result: Value) {
        self.reports(task_id, Some(item), Status::Succeeded, result);
    }

    pub(crate) fn item_fails(&mut self, task_id: &str, item: usize, result: Value) {
        self.reports(task_id, Some(item), Status::Failed, result);
    }

    /// The oldest action of the task that has not ended is in this status.
    pub(crate) fn reports(&mut self, task_id: &str, item_id: Option<usize>, status: Status, result: Value) {
        let is_meant = |key: &ActionKey| key.task_id == task_id && key.item_id == item_id;
        let position = self.awaited.iter().position(is_meant).expect("an action that was requested");
        let key = self.awaited[position].clone();
        if status.is_completed() {
            self.awaited.remove(position);
        }
        let ActionKey { task_id, route, attempt, item_id } = key;
        self.happens(EventKind::ActionChanged { task_id, route, attempt, item_id, status, result });
    }

    pub(crate) fn requests(&mut self, task: &str, expected: Value) -> u32 {
        self.requested(task, None, expected)
    }

    pub(crate) fn requests_item(&mut self, task: &str, item: usize, expected: Value) -> u32 {
        self.requested(task, Some(item), expected)
    }

    fn requested(&mut self, task: &str, item: Option<usize>, expected: Value) -> u32 {
        match self.next_effect() {
            Some(Effect::RequestAction { task_id, item_id, input, attempt, .. }) => {
                assert_eq!((task_id.as_str(), item_id), (task, item));
                assert_eq!(Value::Object(input), expected);
                attempt
            }
            other => panic!("expected a request for {task}, not {other:?}"),
        }
    }

    pub(crate) fn requests_nothing(&mut self) {
        assert_eq!(self.next_effect(), None);
    }

    /// The next effect that is not news about the workflow's status.
    pub(crate) fn next_effect(&mut self) -> Option<Effect> {
        loop {
            match self.pending.pop_front() {
                Some(Effect::WorkflowChanged { .. }) => {}
                other => return other,
            }
        }
    }

    #[track_caller]
    pub(crate) fn status_is(&self, status: Status) {
        assert_eq!(self.engine.status(), status);
    }

    /// Everything that the workflow has asked for so far.
    pub(crate) fn told(&self) -> &[Effect] {
        &self.told
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Skips what the story has not spoken of.
    pub(crate) fn finishes(&mut self, expected: Status, expected_output: Value) -> Vec<Value> {
        while let Some(effect) = self.pending.pop_front() {
            if let Effect::Finished { status, output, errors } = effect {
                assert_eq!(status, expected, "{errors:?}");
                assert_eq!(output, expected_output);
                return errors;
            }
        }
        panic!("the workflow is {} and not over", self.engine.status());
    }

    /// The log leads to the same state and the same effects, also when a snapshot is taken on the way.
    fn is_replayable(&self) {
        let mut replayed = Engine::new(Arc::clone(&self.workflow));
        let mut told = Vec::new();
        for (index, event) in self.log.iter().enumerate() {
            if index == self.log.len() / 2 {
                let snapshot = replayed.snapshot();
                replayed = Engine::restore(Arc::clone(&self.workflow), snapshot).expect("a snapshot");
            }
            let stored = serde_json::to_string(event).expect("an event");
            let mut event: Event = serde_json::from_str(&stored).expect("an event");
            told.extend(replayed.apply(&mut event, &NoHost).expect("an event of the log"));
        }
        assert_eq!(replayed.snapshot(), self.engine.snapshot());
        assert_eq!(told, self.told);
        assert_eq!(replayed.pending(), self.engine.pending());
    }
}
