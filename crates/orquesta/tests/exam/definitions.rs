//! Reading, inspecting and composing definitions.

use serde_json::{Map, Value, json};
use squall_orquesta::spec::inline_parameters::parse_inline_parameters;
use squall_orquesta::{Inspection, InspectionType, Options, Workflow};

use crate::compare::verdict;

pub(crate) fn inline_parameters(record: &Value) -> Result<bool, String> {
    let text = record["a"][0].as_str().unwrap_or_default();
    let pairs = parse_inline_parameters(text);
    let ours = if record["k"]["preserve_order"] == json!(false) || record["a"].get(1) == Some(&json!(false)) {
        Value::Object(pairs.into_iter().collect())
    } else {
        pairs.into_iter().map(|pair| Value::Object(Map::from_iter([pair]))).collect()
    };
    verdict(record, Ok(ours))
}

fn read(definition: &Value) -> Result<std::sync::Arc<Workflow>, (String, String)> {
    let workflow = match definition {
        Value::String(text) => Workflow::compile(text),
        other => Workflow::from_value(other.clone(), Options { evaluate_results_again: true }),
    };
    workflow.map_err(|error| ("ValueError".to_owned(), error.to_string()))
}

/// The texts of the YAML parser's errors are its own.
fn only_whether_it_fails(record: &Value, ours: Result<Value, (String, String)>) -> Result<bool, String> {
    match (record.get("err"), &ours) {
        (Some(_), Err(_)) => Ok(true),
        _ => verdict(record, ours),
    }
}

pub(crate) fn instantiate(record: &Value) -> Result<bool, String> {
    let ours = read(&record["spec"])
        .map(|workflow| json!({"catalog": "native", "version": "1.0", "spec": workflow.spec().raw}));
    only_whether_it_fails(record, ours)
}

pub(crate) fn instantiate_versioned(record: &Value) -> Result<bool, String> {
    if record["type"] != "native" {
        return Ok(false);
    }
    let definition = &record["def"];
    let ours = read(definition).and_then(|workflow| {
        let mut raw = workflow.spec().raw.clone();
        match raw.shift_remove("version") {
            Some(version) if version == json!(1.0) || version == json!("1.0") => {}
            _ => return Err(("ValueError".to_owned(), "not this version".to_owned())),
        }
        if raw.is_empty() {
            return Err(("ValueError".to_owned(), "Workflow definition contains no workflow.".to_owned()));
        }
        Ok(json!({"catalog": "native", "version": "1.0", "spec": raw}))
    });
    only_whether_it_fails(record, ours)
}

pub(crate) fn inspect(record: &Value) -> Result<bool, String> {
    let app_context = record["app_ctx"].as_object().cloned().unwrap_or_default();
    let ours = read(&record["spec"]).map(|workflow| by_category(workflow.inspect(&app_context)));
    if record["raise"] == json!(true) && record.get("err").is_some() {
        return Ok(matches!(ours, Ok(Value::Object(map)) if !map.is_empty()));
    }
    verdict(record, ours)
}

fn by_category(entries: Vec<Inspection>) -> Value {
    let mut categories = Map::new();
    for entry in entries {
        let category = match entry.kind {
            InspectionType::Context => "context",
            InspectionType::Expression => "expressions",
            InspectionType::Semantic => "semantics",
            InspectionType::Syntax => "syntax",
        };
        let mut value = json!({
            "message": entry.message, "spec_path": entry.spec_path, "schema_path": entry.schema_path,
        });
        if let Some(language) = entry.language {
            value["type"] = json!(language);
            value["expression"] = json!(entry.expression);
        }
        let list = categories.entry(category).or_insert_with(|| json!([]));
        list.as_array_mut().expect("a list").push(value);
    }
    Value::Object(categories)
}

pub(crate) fn compose(record: &Value) -> Result<bool, String> {
    verdict(record, read(&record["spec"]).map(|workflow| workflow.graph().to_value()))
}
