//! `run <action> -h`: what parameters an action takes.

use serde_json::{Map, Value};

use super::parameters::{find_runner, object_at};
use crate::api::Query;
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::kinds;
use crate::output::{python, wrap};

const WIDTH: usize = 78;

pub(crate) async fn run_help(context: &mut Context<'_>, id: &str) -> Outcome {
    let Some(action) = context.api.find(kinds::ACTION.path, id, &Query::new()).await? else {
        let message =
            format!("Action \"{id}\" is not found. Use \"st2 action list\" to see the list of available actions.");
        context.print(&message)?;
        return Ok(ExitCode::SUCCESS);
    };
    let runner = find_runner(context, &action).await?;
    let runner_parameters = object_at(&runner, "runner_parameters");
    let sections = sort_parameters(&runner_parameters, &object_at(&action, "parameters"));
    context.print("")?;
    context.print(&wrap::fill(action.text("description"), 70, 0))?;
    context.print("")?;
    show_section(context, "Required Parameters:", &sections.required)?;
    show_section(context, "Optional Parameters:", &sections.optional)?;
    Ok(ExitCode::SUCCESS)
}

struct Sections {
    required: Vec<(String, Value)>,
    optional: Vec<(String, Value)>,
}

/// What the user can set, by position and then by name; what the runner fixes, the action cannot free.
fn sort_parameters(runner: &Map<String, Value>, action: &Map<String, Value>) -> Sections {
    let flag = |schema: Option<&Value>, name: &str| {
        schema.and_then(|schema| schema.get(name)).and_then(Value::as_bool).unwrap_or(false)
    };
    let mut merged = runner.clone();
    merged.extend(action.clone());
    let mut free: Vec<(String, Value)> = merged
        .into_iter()
        .filter(|(name, _)| !flag(runner.get(name), "immutable") && !flag(action.get(name), "immutable"))
        .collect();
    free.sort_by_key(|(name, schema)| {
        let position = schema.get("position").and_then(Value::as_i64);
        (position.is_none(), position.unwrap_or(0), if position.is_some() { String::new() } else { name.clone() })
    });
    let (required, optional) = free.into_iter().partition(|(_, schema)| flag(Some(schema), "required"));
    Sections { required, optional }
}

fn show_section(context: &mut Context<'_>, title: &str, parameters: &[(String, Value)]) -> Result<(), CommandError> {
    if parameters.is_empty() {
        return Ok(());
    }
    context.print(title)?;
    for (name, schema) in parameters {
        context.print(&describe(name, schema))?;
    }
    Ok(())
}

fn describe(name: &str, schema: &Value) -> String {
    let mut lines = vec![wrap::fill(name, WIDTH, 4)];
    let text = |key: &str| schema.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    lines.extend(text("description").map(|description| wrap::fill(description, WIDTH, 8)));
    lines.extend(text("type").map(|kind| wrap::fill(&format!("Type: {kind}"), WIDTH, 8)));
    if let Some(Value::Array(values)) = schema.get("enum").filter(|values| *values != &Value::Array(Vec::new())) {
        let values: Vec<String> = values.iter().map(python::text).collect();
        lines.push(wrap::fill(&format!("Enum: {}", values.join(", ")), WIDTH, 8));
    }
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        lines.push(wrap::fill(&format!("Default: {}", python::text(default)), WIDTH, 8));
    }
    lines.join("\n") + "\n"
}
