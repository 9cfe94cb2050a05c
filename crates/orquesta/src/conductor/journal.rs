//! The errors and log entries of a workflow. The same entry is never written twice.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};

/// Where in the workflow an entry belongs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    pub task_id: Option<&'a str>,
    pub route: Option<usize>,
    pub transition: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub fn task(task_id: &'a str, route: usize) -> Self {
        Self { task_id: Some(task_id), route: Some(route), transition: None }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    entries: Vec<Value>,
    /// Digests of the entries.
    written: HashSet<u64>,
}

impl Journal {
    pub(super) fn from_entries(entries: Vec<Value>) -> Self {
        let written = entries.iter().map(digest).collect();
        Self { entries, written }
    }

    pub(super) fn entries(&self) -> &[Value] {
        &self.entries
    }

    pub(super) fn error(&mut self, message: &str, place: Place<'_>, result: Option<&Value>) {
        let mut entry = Map::new();
        entry.insert("type".to_owned(), Value::from("error"));
        entry.insert("message".to_owned(), Value::from(message));
        if let Some(task_id) = place.task_id {
            entry.insert("task_id".to_owned(), Value::from(task_id));
        }
        if let Some(route) = place.route {
            entry.insert("route".to_owned(), Value::from(route));
        }
        if let Some(transition) = place.transition {
            entry.insert("task_transition_id".to_owned(), Value::from(transition));
        }
        if let Some(result) = result.filter(|result| !result.is_null()) {
            entry.insert("result".to_owned(), result.clone());
        }
        let entry = Value::Object(entry);
        if self.written.insert(digest(&entry)) {
            self.entries.push(entry);
        }
    }

    /// Strikes out what was written about a task.
    pub(super) fn forget_task(&mut self, task_id: &str) {
        self.entries.retain(|entry| entry.get("task_id").and_then(Value::as_str) != Some(task_id));
        self.written = self.entries.iter().map(digest).collect();
    }
}

fn digest(entry: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    entry.hash(&mut hasher);
    hasher.finish()
}
