//! Our answers against Jinja2's, recorded by record.py from expressions and templates that we wrote.

use std::{fmt::Write as _, fs, path::PathBuf};

use serde_json::{Map, Value, json};
use squall_jinja::{Context, Environment, Error, Evaluated, Limits, filters};

/// Questions that we answer otherwise, as `kind<tab>text<tab>why`. The list may only shrink.
const KNOWN: &str = include_str!("known_differences.txt");

struct Exam {
    kind: &'static str,
    met: Vec<String>,
    failures: String,
}

impl Exam {
    fn new(kind: &'static str) -> Self {
        Self { kind, met: Vec::new(), failures: String::new() }
    }

    fn known(&self) -> Vec<String> {
        let rows = KNOWN.lines().filter_map(|line| line.strip_prefix(self.kind)?.strip_prefix('\t'));
        rows.map(|row| row.split('\t').next().unwrap_or_default().to_owned()).collect()
    }

    fn judge(&mut self, question: &Value, agrees: bool, ours: &str, recorded: &Value) {
        let question = question.to_string();
        if self.known().contains(&question) {
            assert!(!agrees, "{question} agrees now: take it off the list");
            self.met.push(question);
        } else if !agrees {
            writeln!(self.failures, "{}\t{question}\tours {ours}, recorded {recorded}", self.kind)
                .expect("a string takes text");
        }
    }

    fn finish(self) {
        assert!(self.failures.is_empty(), "{}", self.failures);
        let stale: Vec<_> = self.known().into_iter().filter(|known| !self.met.contains(known)).collect();
        assert!(stale.is_empty(), "not asked any more: {stale:?}");
    }
}

fn rows(recorded: &str) -> Vec<Value> {
    recorded.lines().map(|line| serde_json::from_str(line).expect("a recorded line is JSON")).collect()
}

fn context() -> Context {
    let variables: Map<String, Value> = serde_json::from_str(include_str!("context.json")).expect("a JSON object");
    variables.into_iter().collect()
}

/// Numbers are equal as Python compares them, so 1 is 1.0.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}

#[test]
fn evaluates_what_jinja2_evaluates() {
    let (environment, context) = (Environment::stackstorm(Limits::default()), context());
    let mut exam = Exam::new("expression");
    for row in rows(include_str!("expressions.jsonl")) {
        let ours = environment.evaluate(row["text"].as_str().expect("a text"), &context);
        let agrees = match (&ours, row.get("ok")) {
            (Ok(Evaluated::Undefined), Some(recorded)) => recorded == &json!({"$undefined": true}),
            (Ok(Evaluated::Value(value)), Some(recorded)) => equal(value, recorded),
            (Err(error), None) => says_the_same(&row, error),
            _ => false,
        };
        exam.judge(&row["text"], agrees, &format!("{ours:?}"), &row);
    }
    exam.finish();
}

/// Jinja2's and Python's words. What cannot be loaded, nor shown as JSON, may be refused for another reason.
fn says_the_same(row: &Value, error: &Error) -> bool {
    let may_differ = row["err"] == "TypeError" || row["err"] == "TemplateSyntaxError";
    if row["err"] == error.class.as_str() { row["message"] == error.message.as_str() } else { may_differ }
}

#[test]
fn renders_what_jinja2_renders() {
    let (environment, context) = (Environment::stackstorm(Limits::default()), context());
    let mut exam = Exam::new("template");
    for row in rows(include_str!("templates.jsonl")) {
        let ours = environment.render(row["text"].as_str().expect("a text"), &context);
        let agrees = match (&ours, row.get("ok")) {
            (Ok(text), Some(recorded)) => recorded == text.as_str(),
            (Err(error), None) => says_the_same(&row, error),
            _ => false,
        };
        exam.judge(&row["text"], agrees, &format!("{ours:?}"), &row);
    }
    exam.finish();
}

/// Answers recorded from StackStorm itself stand beside the workspace where its developers have them.
#[test]
fn functions_answer_what_stackstorm_answers() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let (Ok(st2), Ok(orquesta)) = (
        fs::read_to_string(folder.join("st2_functions.jsonl")),
        fs::read_to_string(folder.join("orq_functions.jsonl")),
    ) else {
        eprintln!("SKIPPED: no recorded answers in {}", folder.display());
        return;
    };
    let mut exam = Exam::new("function");
    for row in rows(&st2).into_iter().chain(rows(&orquesta)) {
        let name =
            row.get("fn").unwrap_or_else(|| &row["op"]).as_str().expect("a name").trim_end_matches('_').to_owned();
        let known = filters::TABLE.iter().chain(filters::WORKFLOW_TABLE).find(|filter| filter.name == name);
        let Some(filter) = known else { continue };
        let (Some(arguments), Some(keywords)) = (row["a"].as_array(), row["k"].as_object()) else {
            panic!("not a call: {row}")
        };
        let ours = (filter.call)(arguments, keywords);
        let agrees = match (&ours, row.get("ok")) {
            (Ok(value), Some(recorded)) => equal(value, recorded),
            (Err(error), None) => row["err"]["mro"]
                .as_array()
                .is_some_and(|mro| mro.is_empty() || mro.iter().any(|class| class == error.class.as_str())),
            _ => false,
        };
        exam.judge(&json!([name, arguments, keywords]), agrees, &format!("{ours:?}"), &row);
    }
    exam.finish();
}
