//! Plays a chain without a server: actions answer what a test says they answer.

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use squall_chain::{Chain, Engine, SharedHost};
use squall_orquesta::{Effect, Event, EventKind, Host, HostError, NoHost, Question, Status};

/// Knows a datastore, ids that follow from the task, and a clock that ticks.
#[derive(Default)]
pub(crate) struct World {
    ticks: Mutex<i64>,
}

impl Host for World {
    fn answer(&self, question: &Question) -> Result<Value, HostError> {
        match question {
            Question::Now => {
                let mut ticks = self.ticks.lock().expect("nobody panics with it");
                *ticks += 1_000_000;
                Ok(json!(*ticks))
            }
            Question::Stored { path } => Ok(match path.as_str() {
                "system.colour" => json!("green"),
                "system.secret" => json!("C1PH3R"),
                _ => Value::Null,
            }),
            Question::Decrypted { ciphertext } => Ok(json!(ciphertext.to_lowercase())),
            Question::Execution { task_id, attempt, .. } => {
                let id = format!("{task_id}-{attempt}");
                Ok(json!({"execution_id": id, "liveaction_id": format!("live-{id}")}))
            }
            other => Err(HostError::new("ValueError", format!("{other:?}"))),
        }
    }
}

/// A chain as it is played.
pub(crate) struct Story {
    pub(crate) engine: Engine,
    host: SharedHost,
    log: Vec<Event>,
    told: Vec<Effect>,
}

pub(crate) fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

impl Story {
    pub(crate) fn begin(definition: &str, inputs: Value) -> Self {
        let settings = json!({
            "parent": {"execution_id": "the chain", "user": "tester", "pack": "test"},
            "config": {"region": "north"},
            "display_published": true,
            "file": "actions/chain.yaml",
        });
        Self::begin_with(definition, inputs, settings)
    }

    pub(crate) fn begin_with(definition: &str, inputs: Value, settings: Value) -> Self {
        let chain = Chain::compile(definition).expect("the chain compiles");
        let engine = Engine::new(chain);
        let mut story = Self { engine, host: Arc::new(World::default()), log: Vec::new(), told: Vec::new() };
        story.hear(EventKind::Started { inputs: map(inputs), context: map(settings) });
        story
    }

    /// Applies an event; the state that comes of it is also what its snapshot and what the whole log fold to.
    pub(crate) fn hear(&mut self, kind: EventKind) -> Vec<Effect> {
        let mut event = Event::from(kind);
        let effects = self.engine.apply(&mut event, &self.host).expect("the event makes sense");
        self.log.push(event);
        self.told.extend(effects.clone());
        let state = self.engine.snapshot();
        let chain = self.engine.chain();
        let restored = Engine::restore(Arc::clone(chain), state.clone()).expect("the snapshot is readable");
        assert_eq!(restored.snapshot(), state);
        let mut replayed = Engine::new(Arc::clone(chain));
        let nobody: SharedHost = Arc::new(NoHost);
        for event in &self.log {
            replayed.apply(&mut event.clone(), &nobody).expect("what was applied once can be applied again");
        }
        assert_eq!(replayed.snapshot(), state, "a replay asks nobody and ends where the chain is");
        effects
    }

    /// Which action is awaited, and with what parameters.
    pub(crate) fn asked(&self) -> (String, Value) {
        match self.engine.pending() {
            Some(Effect::RequestAction { task_id, input, .. }) => (task_id.clone(), json!(input)),
            other => panic!("no action is awaited but {other:?}; {}", self.engine.result()),
        }
    }

    pub(crate) fn report(&mut self, status: Status, result: Value) -> Vec<Effect> {
        let key = self.engine.pending_key().expect("an action is awaited").clone();
        let (task_id, route, attempt) = (key.task_id, key.route, key.attempt);
        self.hear(EventKind::ActionChanged { task_id, route, attempt, item_id: None, status, result })
    }

    pub(crate) fn succeed(&mut self, result: Value) {
        self.report(Status::Succeeded, result);
    }

    pub(crate) fn refuse(&mut self, message: &str) {
        let key = self.engine.pending_key().expect("an action is awaited").clone();
        let (task_id, route, attempt, message) = (key.task_id, key.route, key.attempt, message.to_owned());
        self.hear(EventKind::ActionRefused { task_id, route, attempt, item_id: None, message });
    }

    /// The end: its status, and the tasks that ran with their states.
    pub(crate) fn end(&self) -> (Status, Vec<(String, String)>) {
        let ends = self.told.iter().filter(|effect| matches!(effect, Effect::Finished { .. })).count();
        assert_eq!(ends, 1, "an end is told once");
        let result = self.engine.result();
        let tasks = result.get("tasks").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |task: &Value, key: &str| task[key].as_str().unwrap_or_default().to_owned();
        (self.engine.status(), tasks.iter().map(|task| (text(task, "name"), text(task, "state"))).collect())
    }
}
