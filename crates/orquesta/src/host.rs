//! What the engine has to ask the outside world, because it is not a function of the log: the datastore, the clock,
//! dice, other executions. Every answer is recorded with the event that needed it and read back on replay.

use std::cell::{Cell, RefCell};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing an expression wants to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// `st2kv('key', decrypt => …)`. A missing key is an error of class `StackStormDBObjectNotFoundError`.
    KeyValue { key: String, decrypt: bool },
    /// What a template of a chain finds in the datastore below `system.` or `user.`: a text, or null.
    Stored { path: String },
    /// The plain text behind a stored secret.
    Decrypted { ciphertext: String },
    /// The ids of the execution that an action is, as `{"execution_id", "liveaction_id"}`.
    Execution { task_id: String, route: usize, attempt: u32 },
    /// `task('name')`: what is known of the latest execution of a task on a route.
    Task { task_id: String, route: usize },
    /// Microseconds since 1970-01-01 UTC.
    Now,
    /// A number in [0, 1).
    Random,
}

/// The outside world has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{class}: {message}")]
pub struct HostError {
    /// The Python class that StackStorm's error would have.
    pub class: String,
    pub message: String,
}

impl HostError {
    pub fn new(class: &str, message: impl Into<String>) -> Self {
        Self { class: class.to_owned(), message: message.into() }
    }
}

pub trait Host {
    fn answer(&self, question: &Question) -> Result<Value, HostError>;
}

/// A world without answers, for workflows that ask nothing.
pub struct NoHost;

impl Host for NoHost {
    fn answer(&self, question: &Question) -> Result<Value, HostError> {
        Err(HostError::new("ExpressionEvaluationException", format!("Nobody answers {question:?} here.")))
    }
}

/// Recorded answers first, the host after them.
pub struct Answers<'a> {
    host: &'a dyn Host,
    recorded: RefCell<Vec<Value>>,
    read: Cell<usize>,
}

impl<'a> Answers<'a> {
    pub fn new(host: &'a dyn Host, recorded: Vec<Value>) -> Self {
        Self { host, recorded: RefCell::new(recorded), read: Cell::new(0) }
    }

    pub fn ask(&self, question: &Question) -> Result<Value, HostError> {
        let position = self.read.replace(self.read.get() + 1);
        if let Some(recorded) = self.recorded.borrow().get(position) {
            return from_record(recorded);
        }
        let answer = self.host.answer(question);
        self.recorded.borrow_mut().push(to_record(&answer));
        answer
    }

    pub fn into_recorded(self) -> Vec<Value> {
        self.recorded.into_inner()
    }
}

fn to_record(answer: &Result<Value, HostError>) -> Value {
    match answer {
        Ok(value) => serde_json::json!({"ok": value}),
        Err(error) => serde_json::json!({"error": {"class": error.class, "message": error.message}}),
    }
}

fn from_record(record: &Value) -> Result<Value, HostError> {
    if let Some(value) = record.get("ok") {
        return Ok(value.clone());
    }
    let error = record.get("error").cloned().unwrap_or_default();
    Err(serde_json::from_value(error)
        .unwrap_or_else(|_| HostError::new("ExpressionEvaluationException", "The recorded answer cannot be read.")))
}
