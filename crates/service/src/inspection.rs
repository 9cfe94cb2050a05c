//! Inspection of a workflow against what is registered: its own mistakes, and those about actions and their inputs.
//! Counterpart: st2common/services/workflows.py, `inspect_task_contents`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use squall_model::{ActionSnapshot, Map, ResourceRef};
use squall_orquesta::{Inspection, Workflow};
use squall_store::Result;

use crate::{Context, requests};

const TASK_SCHEMA: &str = r"properties.tasks.patternProperties.^\w+$.properties";

/// Returns every mistake as StackStorm lists it, sorted; `given` is what the workflow's context starts with.
pub async fn inspect(context: &Context, workflow: &Workflow, given: &Map) -> Result<Vec<Value>> {
    let mut mistakes: Vec<Value> = Vec::new();
    for (name, task) in &workflow.spec().tasks {
        let Some(action) = task.action.as_ref().and_then(|action| action.raw.as_str()) else { continue };
        // A translation's own workflows are no actions.
        if is_expression(action) || workflow.is_translation() && action.starts_with('#') {
            continue;
        }
        let inputs = task.input.as_ref().map(|input| &input.raw);
        mistakes.extend(inspect_task(context, name, action, inputs).await?);
    }
    mistakes.extend(workflow.inspect(given).iter().filter_map(as_stackstorm));
    mistakes.sort_by_cached_key(|mistake| {
        let text = |key: &str| mistake.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("type"), text("schema_path"), text("spec_path"))
    });
    Ok(mistakes)
}

/// Returns a mistake in the keys that StackStorm has; clients compare the list as a whole.
fn as_stackstorm(mistake: &Inspection) -> Option<Value> {
    let mut value = serde_json::to_value(mistake).ok()?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|key, _| key != "line" && key != "column");
    }
    Some(value)
}

fn is_expression(text: &str) -> bool {
    ["<%", "{{", "{%"].iter().any(|opening| text.contains(opening))
}

async fn inspect_task(context: &Context, task: &str, action: &str, inputs: Option<&Value>) -> Result<Vec<Value>> {
    let about_action =
        |message: String| mistake(message, format!("tasks.{task}.action"), format!("{TASK_SCHEMA}.action"));
    if action.parse::<ResourceRef>().is_err() {
        return Ok(vec![about_action(format!("The action reference \"{action}\" is not formatted correctly."))]);
    }
    let Some(snapshot) = requests::registered(context, action).await? else {
        return Ok(vec![about_action(format!("The action \"{action}\" is not registered in the database."))]);
    };
    let given = match inputs {
        None => Map::new(),
        Some(Value::Object(inputs)) => inputs.clone(),
        Some(_) => return Ok(Vec::new()),
    };
    Ok(inspect_inputs(task, action, &snapshot, &given))
}

fn inspect_inputs(task: &str, action: &str, snapshot: &ActionSnapshot, given: &Map) -> Vec<Value> {
    let known: BTreeMap<String, Value> = snapshot.parameters().into_iter().collect();
    let place = format!("tasks.{task}.input");
    let mut mistakes = Vec::new();
    for (name, schema) in &known {
        let required = schema.get("required") == Some(&Value::Bool(true)) && schema.get("default").is_none();
        if required && !given.contains_key(name) {
            let message = format!("Action \"{action}\" is missing required input \"{name}\".");
            mistakes.push(mistake(message, place.clone(), format!("{TASK_SCHEMA}.input")));
        }
    }
    let unexpected: BTreeSet<&String> = given.keys().filter(|name| !known.contains_key(*name)).collect();
    for name in unexpected {
        let message = format!("Action \"{action}\" has unexpected input \"{name}\".");
        let schema_path = format!(r"{TASK_SCHEMA}.input.patternProperties.^\w+$");
        mistakes.push(mistake(message, format!("{place}.{name}"), schema_path));
    }
    mistakes
}

fn mistake(message: String, spec_path: String, schema_path: String) -> Value {
    json!({"type": "content", "message": message, "spec_path": spec_path, "schema_path": schema_path})
}
