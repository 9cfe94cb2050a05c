//! Reading, inspecting and composing definitions.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Answer, UPSTREAM, refusal};
use crate::inspection::by_category;
use crate::spec::inline_parameters::parse_inline_parameters;
use crate::workflow::Workflow;

pub(super) fn inline_parameters(question: &Value) -> Answer {
    // Whatever is no text has none, as the original takes it.
    let text = question["a"].get(0).or_else(|| question.get("expr")).and_then(Value::as_str).unwrap_or_default();
    let pairs = parse_inline_parameters(text);
    if question["k"]["preserve_order"] == json!(false) || question["a"].get(1) == Some(&json!(false)) {
        return Ok(Value::Object(pairs.into_iter().collect()));
    }
    Ok(pairs.into_iter().map(|pair| Value::Object(Map::from_iter([pair]))).collect())
}

fn read(definition: &Value) -> Result<Arc<Workflow>, (String, String)> {
    let workflow = match definition {
        Value::String(text) => Workflow::compile_with(text, UPSTREAM),
        other => Workflow::from_value(other.clone(), UPSTREAM),
    };
    workflow.map_err(|error| refusal("ValueError", error.to_string()))
}

pub(super) fn instantiate(question: &Value) -> Answer {
    let workflow = read(&question["spec"])?;
    Ok(json!({"catalog": "native", "version": "1.0", "spec": workflow.spec().raw}))
}

/// As `orquesta` itself reads a definition: it insists on a version.
pub(super) fn instantiate_versioned(question: &Value) -> Answer {
    let mut raw = read(&question["def"])?.spec().raw.clone();
    match raw.shift_remove("version") {
        Some(version) if version == json!(1.0) || version == json!("1.0") => {}
        _ => return Err(refusal("ValueError", "not this version")),
    }
    if raw.is_empty() {
        return Err(refusal("ValueError", "Workflow definition contains no workflow."));
    }
    Ok(json!({"catalog": "native", "version": "1.0", "spec": raw}))
}

pub(super) fn inspect(question: &Value) -> Answer {
    let app_context = question["app_ctx"].as_object().cloned().unwrap_or_default();
    let mistakes = by_category(read(&question["spec"])?.inspect(&app_context));
    if question["raise"] == json!(true) && mistakes.as_object().is_some_and(|map| !map.is_empty()) {
        return Err(refusal("WorkflowInspectionError", "Workflow definition failed inspection."));
    }
    Ok(mistakes)
}

pub(super) fn compose(question: &Value) -> Answer {
    Ok(read(&question["spec"])?.graph().to_value())
}
