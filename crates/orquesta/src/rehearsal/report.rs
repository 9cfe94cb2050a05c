//! What came of a rehearsal, and where that is not what the script expects.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::script::Expected;
use crate::conductor::Conductor;
use crate::inspection::Inspection;

/// What the workflow did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// Every run of a task: its name, and `__r1` where it ran on another route than the first.
    pub task_sequence: Vec<String>,
    pub routes: Value,
    pub status: String,
    pub errors: Value,
    pub output: Value,
    pub term_tasks: Vec<String>,
}

/// One expectation that is not met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The key of the script.
    pub what: &'static str,
    pub expected: Value,
    pub actual: Value,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    pub differences: Vec<Difference>,
    /// Nothing when the definition did not pass its inspection: then it is not conducted.
    pub outcome: Option<Outcome>,
    /// What the inspection found.
    pub inspection: Vec<Inspection>,
}

impl Report {
    pub const fn is_as_expected(&self) -> bool {
        self.differences.is_empty()
    }

    pub(super) fn of_inspection(expected: &Expected, found: Vec<Inspection>) -> Self {
        let actual = crate::inspection::by_category(found.clone());
        let mut report = Self { inspection: found, ..Self::default() };
        if !are_the_mistakes(&expected.inspection, &actual) {
            report.compare("expected_inspection_errors", json!(expected.inspection), actual);
        }
        report
    }

    pub(super) fn of_outcome(expected: &Expected, outcome: Outcome) -> Self {
        let mut report = Self::default();
        let sequence: Vec<String> = expected.sequence.iter().map(|name| plain(name)).collect();
        report.compare("expected_task_sequence", json!(sequence), json!(outcome.task_sequence));
        report.compare("expected_routes", expected.routes.clone(), outcome.routes.clone());
        report.compare("expected_workflow_status", json!(expected.status), json!(outcome.status));
        if let Some(errors) = &expected.errors {
            report.compare("expected_errors", errors.clone(), outcome.errors.clone());
        }
        if let Some(output) = &expected.output {
            report.compare("expected_output", output.clone(), outcome.output.clone());
        }
        if let Some(tasks) = &expected.term_tasks {
            let mut tasks: Vec<String> = tasks.iter().map(|name| plain(name)).collect();
            tasks.sort();
            report.compare("expected_term_tasks", json!(tasks), json!(outcome.term_tasks));
        }
        report.outcome = Some(outcome);
        report
    }

    fn compare(&mut self, what: &'static str, expected: Value, actual: Value) {
        if !is_equal(&expected, &actual) {
            self.differences.push(Difference { what, expected, actual });
        }
    }
}

impl Outcome {
    pub(super) fn of(conductor: &Conductor) -> Self {
        let value = conductor.to_value_without_definition();
        let runs = value["state"]["sequence"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut term_tasks: Vec<String> =
            runs.iter().filter(|run| run["term"] == json!(true)).map(name_of_run).collect();
        term_tasks.sort();
        Self {
            task_sequence: runs.iter().map(name_of_run).collect(),
            routes: value["state"]["routes"].clone(),
            status: conductor.status().to_string(),
            errors: value["errors"].clone(),
            output: value["output"].clone(),
            term_tasks,
        }
    }
}

fn name_of_run(run: &Value) -> String {
    let task_id = run["id"].as_str().unwrap_or_default();
    match run["route"].as_u64() {
        None | Some(0) => task_id.to_owned(),
        Some(route) => format!("{task_id}__r{route}"),
    }
}

/// The first route may be spelled out.
fn plain(name: &str) -> String {
    name.strip_suffix("__r0").unwrap_or(name).to_owned()
}

/// Every category has as many mistakes as expected, and each says what is expected of it.
fn are_the_mistakes(expected: &Map<String, Value>, actual: &Value) -> bool {
    let categories = actual.as_object().map_or(0, Map::len);
    expected.len() == categories
        && expected.iter().all(|(category, expected)| {
            let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
            let (expected, actual) = (list(expected), list(&actual[category]));
            expected.len() == actual.len() && expected.iter().zip(&actual).all(|(left, right)| says(left, right))
        })
}

fn says(expected: &Value, actual: &Value) -> bool {
    let parts = expected.as_object().into_iter().flatten();
    parts.into_iter().all(|(key, value)| actual.get(key).is_some_and(|actual| is_equal(value, actual)))
}

/// As Python compares: `1` is `1.0`.
fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| is_equal(left, right)))
        }
        _ => left == right,
    }
}
