//! What a rehearsal is to do and what it is to lead to, read from its file.

use serde_json::{Map, Value};

use crate::conductor::RerunRequest;
use crate::status::Status;

/// Something in a script that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where: `mock_action_executions[0].status`; empty for the script as a whole.
    pub path: String,
    pub message: String,
    /// The name that is not known, and those that are.
    pub unknown: Option<(String, Vec<&'static str>)>,
}

/// What is rehearsed.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// The file of a definition.
    Workflow(String),
    /// A workflow that is over, as the engine stores it, of which tasks are run again.
    State { state: Value, rerun: Vec<RerunRequest> },
}

/// How an action ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Mock {
    pub task_id: String,
    /// The place in the task sequence that it is for; any place without it.
    pub seq_id: Option<usize>,
    pub item_id: Option<usize>,
    pub status: Status,
    pub result: Value,
    /// A file that holds the result.
    pub result_path: Option<String>,
    /// How many runs it is good for.
    pub(super) uses: u64,
}

/// A whole script.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    pub subject: Subject,
    pub inputs: Map<String, Value>,
    pub mocks: Vec<Mock>,
    pub(super) expected: Expected,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    pub(super) inspection: Map<String, Value>,
    pub(super) sequence: Vec<String>,
    pub(super) routes: Value,
    pub(super) status: Status,
    pub(super) errors: Option<Value>,
    pub(super) output: Option<Value>,
    pub(super) term_tasks: Option<Vec<String>>,
}

const KEYS: [&str; 12] = [
    "workflow",
    "inputs",
    "workflow_state",
    "rerun_tasks",
    "mock_action_executions",
    "expected_inspection_errors",
    "expected_routes",
    "expected_task_sequence",
    "expected_term_tasks",
    "expected_workflow_status",
    "expected_errors",
    "expected_output",
];
const MOCK_KEYS: [&str; 9] =
    ["task_id", "route", "seq_id", "item_id", "iter_id", "num_iter", "status", "result", "result_path"];
const RERUN_KEYS: [&str; 3] = ["task_id", "route", "reset_items"];
const CATEGORIES: [&str; 5] = ["syntax", "semantics", "expressions", "context", "contents"];

impl Script {
    /// Reads a script; everything that is wrong with it, if anything is.
    pub fn read(value: &Value) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::default();
        let script = reader.script(value);
        match script {
            Some(script) if reader.mistakes.is_empty() => Ok(script),
            _ => Err(reader.mistakes),
        }
    }
}

#[derive(Default)]
struct Reader {
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn complain(&mut self, path: &str, message: impl Into<String>) {
        self.mistakes.push(Mistake { path: path.to_owned(), message: message.into(), unknown: None });
    }

    fn script(&mut self, value: &Value) -> Option<Script> {
        let Value::Object(map) = value else {
            self.complain("", "a rehearsal is a mapping");
            return None;
        };
        self.only_known("", map, &KEYS);
        if !map.contains_key("expected_task_sequence") {
            self.complain("", "`expected_task_sequence` is missing");
        }
        let subject = self.subject(map);
        let expected = Expected {
            inspection: self.inspection(map),
            sequence: self.texts(map, "expected_task_sequence").unwrap_or_default(),
            routes: map.get("expected_routes").cloned().unwrap_or_else(|| serde_json::json!([[]])),
            status: self.status(map, "", "expected_workflow_status"),
            errors: map.get("expected_errors").cloned(),
            output: map.get("expected_output").cloned(),
            term_tasks: self.texts(map, "expected_term_tasks"),
        };
        let inputs = self.object(map, "inputs");
        let mocks = self.each(map, "mock_action_executions", Self::mock);
        Some(Script { subject: subject?, inputs, mocks, expected })
    }

    fn subject(&mut self, map: &Map<String, Value>) -> Option<Subject> {
        match (map.get("workflow"), map.get("workflow_state")) {
            (Some(Value::String(path)), None) if !path.is_empty() => Some(Subject::Workflow(path.clone())),
            (None, Some(state @ Value::Object(_))) => {
                let rerun = self.each(map, "rerun_tasks", Self::rerun_request);
                Some(Subject::State { state: state.clone(), rerun })
            }
            (Some(_), Some(_)) => {
                self.complain("workflow_state", "a rehearsal has a `workflow` or a `workflow_state`, not both");
                None
            }
            (Some(_), None) => {
                self.complain("workflow", "`workflow` is the path of a definition");
                None
            }
            (None, Some(_)) => {
                self.complain("workflow_state", "`workflow_state` is a mapping");
                None
            }
            (None, None) => {
                self.complain("", "`workflow` is missing: the path of the definition to rehearse");
                None
            }
        }
    }

    fn mock(&mut self, path: &str, map: &Map<String, Value>) -> Option<Mock> {
        self.only_known(path, map, &MOCK_KEYS);
        let task_id = self.task_id(path, map)?;
        // Upstream counts from `iter_id` up to `iter_id + num_iter`, which comes to `num_iter` runs wherever it begins.
        self.number(map, path, "iter_id");
        let uses = self.number(map, path, "num_iter").unwrap_or(1);
        Some(Mock {
            task_id,
            seq_id: self.index(map, path, "seq_id"),
            item_id: self.index(map, path, "item_id"),
            status: self.status(map, path, "status"),
            result: map.get("result").cloned().unwrap_or_default(),
            result_path: map.get("result_path").and_then(Value::as_str).map(str::to_owned),
            uses,
        })
    }

    fn rerun_request(&mut self, path: &str, map: &Map<String, Value>) -> Option<RerunRequest> {
        self.only_known(path, map, &RERUN_KEYS);
        Some(RerunRequest {
            task_id: self.task_id(path, map)?,
            route: self.index(map, path, "route").unwrap_or(0),
            reset_items: map.get("reset_items") == Some(&Value::Bool(true)),
        })
    }

    fn task_id(&mut self, path: &str, map: &Map<String, Value>) -> Option<String> {
        let task_id = map.get("task_id").and_then(Value::as_str);
        if task_id.is_none() {
            self.complain(path, "`task_id` is missing");
        }
        task_id.map(str::to_owned)
    }

    fn only_known(&mut self, path: &str, map: &Map<String, Value>, known: &[&'static str]) {
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let message = format!("`{key}` is not a key of {}", if path.is_empty() { "a rehearsal" } else { "this" });
            let unknown = Some((key.clone(), known.to_vec()));
            self.mistakes.push(Mistake { path: joined(path, key), message, unknown });
        }
    }

    fn object(&mut self, map: &Map<String, Value>, key: &str) -> Map<String, Value> {
        match map.get(key) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(value)) => value.clone(),
            Some(_) => {
                self.complain(key, format!("`{key}` is a mapping"));
                Map::new()
            }
        }
    }

    fn each<T>(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
        read: impl Fn(&mut Self, &str, &Map<String, Value>) -> Option<T>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        match map.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{key}[{index}]");
                    match item {
                        Value::Object(item) => found.extend(read(self, &path, item)),
                        _ => self.complain(&path, "this is to be a mapping"),
                    }
                }
            }
            Some(_) => self.complain(key, format!("`{key}` is a list")),
        }
        found
    }

    fn texts(&mut self, map: &Map<String, Value>, key: &str) -> Option<Vec<String>> {
        let value = map.get(key)?;
        let texts: Option<Vec<String>> =
            value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.complain(key, format!("`{key}` is a list of task names"));
        }
        texts
    }

    fn number(&mut self, map: &Map<String, Value>, path: &str, key: &str) -> Option<u64> {
        let value = map.get(key).filter(|value| !value.is_null())?;
        if value.as_u64().is_none() {
            self.complain(&joined(path, key), format!("`{key}` is a number of 0 or more"));
        }
        value.as_u64()
    }

    fn index(&mut self, map: &Map<String, Value>, path: &str, key: &str) -> Option<usize> {
        self.number(map, path, key).and_then(|number| usize::try_from(number).ok())
    }

    fn status(&mut self, map: &Map<String, Value>, path: &str, key: &str) -> Status {
        let Some(value) = map.get(key).filter(|value| !value.is_null()) else { return Status::Succeeded };
        let status = value.as_str().and_then(|name| name.parse().ok()).filter(|status| *status != Status::Unset);
        status.unwrap_or_else(|| {
            let known = Status::ALL.into_iter().filter(|status| *status != Status::Unset).map(Status::as_str);
            let unknown = value.as_str().map(|name| (name.to_owned(), known.collect()));
            let message = format!("{value} is not a status");
            self.mistakes.push(Mistake { path: joined(path, key), message, unknown });
            Status::Succeeded
        })
    }

    fn inspection(&mut self, map: &Map<String, Value>) -> Map<String, Value> {
        let expected = self.object(map, "expected_inspection_errors");
        self.only_known("expected_inspection_errors", &expected, &CATEGORIES);
        expected
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
