//! Evaluating, checking and searching expressions.

use serde_json::{Map, Value, json};
use squall_orquesta::context::Variables;
use squall_orquesta::expressions::{
    CurrentTask, Language, Scope, TaskStatuses, Template, referenced_variables, validate as validate_value,
};
use squall_orquesta::{Answers, NoHost, Options, Status};

use crate::compare::{difference, verdict};

/// The state of a workflow as it stands in a recorded context.
struct RecordedStatuses<'a>(&'a Value);

impl TaskStatuses for RecordedStatuses<'_> {
    fn routes(&self) -> usize {
        self.0["routes"].as_array().map_or(0, Vec::len)
    }

    fn route_contains(&self, route: usize, earlier: usize) -> bool {
        let steps = |route: usize| self.0["routes"][route].as_array().cloned().unwrap_or_default();
        let own = steps(route);
        steps(earlier).iter().all(|step| own.contains(step))
    }

    fn status_on(&self, task_id: &str, route: usize) -> Option<Status> {
        let index = self.0["tasks"][format!("{task_id}__r{route}")].as_u64()?;
        let entry = &self.0["sequence"][usize::try_from(index).ok()?];
        entry["status"].as_str()?.parse().ok()
    }
}

pub(crate) fn evaluate(record: &Value) -> Result<bool, String> {
    let context = record["ctx"].as_object().cloned().unwrap_or_default();
    let public: Map<String, Value> = context.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let variables = Variables::from(public);
    let task = context.get("__current_task").filter(|task| !task.is_null()).map(|task| CurrentTask {
        id: task["id"].as_str().unwrap_or_default(),
        route: task["route"].as_u64().and_then(|route| usize::try_from(route).ok()).unwrap_or(0),
        result: task.get("result"),
    });
    let state = context.get("__state").cloned().unwrap_or_default();
    let statuses = RecordedStatuses(&state);
    let answers = Answers::new(&NoHost, Vec::new());
    let item = context.get("__current_item");
    let scope = Scope { variables: &variables, task, item, statuses: Some(&statuses), answers: &answers };
    let template = Template::new(&record["expr"], Options { evaluate_results_again: true });
    if is_foreign(record) {
        return Ok(false);
    }
    verdict(record, template.evaluate(&scope).map_err(|error| (error.class, error.message)))
}

/// One language is asked about text of the other.
fn is_foreign(record: &Value) -> bool {
    let language = match record["lang"].as_str() {
        Some("yaql") => Language::Yaql,
        Some("jinja") => Language::Jinja,
        _ => return false,
    };
    record["expr"].as_str().and_then(Language::of) != Some(language)
}

pub(crate) fn validate(record: &Value) -> Result<bool, String> {
    let entries = validate_value(&record["expr"])
        .into_iter()
        .map(|error| json!({"type": error.language, "expression": error.expression, "message": error.message}));
    let mut ours: Vec<Value> = entries.collect();
    let direct = record["lang"] != "auto";
    let mut recorded = if direct { record["ok"].clone() } else { record["ok"]["errors"].clone() };
    let recorded = recorded.as_array_mut().expect("a list");
    // Jinja's texts are minijinja's.
    for error in ours.iter_mut().chain(recorded.iter_mut()).filter(|error| error["type"] == "jinja") {
        error["message"] = json!("");
    }
    match difference("", &json!(recorded), &json!(ours)) {
        None => Ok(true),
        Some(difference) => Err(format!("{}: {difference}", record["expr"])),
    }
}

pub(crate) fn extract_variables(record: &Value) -> Result<bool, String> {
    if record["lang"] != "auto" {
        return Ok(false);
    }
    let sorted = |list: Vec<Value>| {
        let mut texts: Vec<String> = list.iter().map(Value::to_string).collect();
        texts.sort();
        json!(texts)
    };
    let references = referenced_variables(&record["expr"]).into_iter();
    let ours = references.map(|found| json!([found.language, found.expression, found.name])).collect();
    let recorded = record["ok"].as_array().cloned().unwrap_or_default();
    match difference("", &sorted(recorded), &sorted(ours)) {
        None => Ok(true),
        Some(difference) => Err(format!("{}: {difference}", record["expr"])),
    }
}
