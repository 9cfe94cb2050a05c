//! What the host answers while one event is applied: recorded, and read back on replay. Templates keep it beyond a
//! borrow, hence the shared ownership.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use squall_jinja::{HostError as JinjaError, Lookup};
use squall_orquesta::{Host, HostError, Question};

/// A host that templates may keep.
pub type SharedHost = Arc<dyn Host + Send + Sync>;

pub(crate) struct Answers {
    host: SharedHost,
    recorded: Mutex<Recorded>,
}

struct Recorded {
    answers: Vec<Value>,
    read: usize,
}

impl Answers {
    pub(crate) fn new(host: &SharedHost, answers: Vec<Value>) -> Arc<Self> {
        Arc::new(Self { host: Arc::clone(host), recorded: Mutex::new(Recorded { answers, read: 0 }) })
    }

    pub(crate) fn ask(&self, question: &Question) -> Result<Value, HostError> {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let position = recorded.read;
        recorded.read += 1;
        if let Some(answer) = recorded.answers.get(position) {
            return from_record(answer);
        }
        let answer = self.host.answer(question);
        recorded.answers.push(match &answer {
            Ok(value) => json!({"ok": value}),
            Err(error) => json!({"error": {"class": error.class, "message": error.message}}),
        });
        answer
    }

    pub(crate) fn recorded(&self) -> Vec<Value> {
        std::mem::take(&mut self.recorded.lock().unwrap_or_else(PoisonError::into_inner).answers)
    }
}

fn from_record(answer: &Value) -> Result<Value, HostError> {
    match (answer.get("ok"), answer.get("error")) {
        (Some(value), _) => Ok(value.clone()),
        (None, error) => Err(error
            .cloned()
            .and_then(|error| serde_json::from_value(error).ok())
            .unwrap_or_else(|| HostError::new("ValueError", "The recorded answer cannot be read."))),
    }
}

/// `st2kv`, or `system` of old chains, in a template.
pub(crate) struct Stored {
    pub(crate) answers: Arc<Answers>,
    /// What stands before the path that the template names.
    pub(crate) prefix: &'static str,
}

impl Lookup for Stored {
    fn get(&self, path: &str) -> Result<Option<String>, JinjaError> {
        let question = Question::Stored { path: format!("{}{path}", self.prefix) };
        match self.answers.ask(&question).map_err(in_template)? {
            Value::String(text) => Ok(Some(text)),
            _ => Ok(None),
        }
    }

    fn decrypt(&self, ciphertext: &str) -> Result<String, JinjaError> {
        let question = Question::Decrypted { ciphertext: ciphertext.to_owned() };
        let answer = self.answers.ask(&question).map_err(in_template)?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }
}

fn in_template(error: HostError) -> JinjaError {
    JinjaError::new(error.class, error.message)
}
