//! Shows one execution: its attributes, and the tasks of a workflow.

use serde_json::Value;

use super::elapsed::add_elapsed;
use super::tree::task_rows;
use crate::commands::resource::attributes_or;
use crate::commands::{CommandError, Context};
use crate::execution::is_workflow;
use crate::output::execution_result::{self, SchemaHint};
use crate::output::multi_column_table::Columns;
use crate::output::property_table::Properties;
use crate::output::{attributes, transform};
use crate::resource::Resource;

/// What is shown of an execution.
const ATTRIBUTES: &[&str] =
    &["id", "action.ref", "context.user", "parameters", "status", "start_timestamp", "end_timestamp", "result"];
/// What is shown of a workflow, before its tasks.
const WORKFLOW_ATTRIBUTES: [&str; 7] =
    ["id", "action.ref", "parameters", "status", "start_timestamp", "end_timestamp", "log"];
const TASK_ATTRIBUTES: &[&str] = &["id", "status", "task", "action", "start_timestamp"];

/// How the user wants to see an execution.
#[derive(Debug, Clone, Default)]
pub(crate) struct DetailOptions {
    pub(crate) with_schema: bool,
    pub(crate) raw: bool,
    pub(crate) show_tasks: bool,
    pub(crate) depth: i64,
    pub(crate) widths: Vec<usize>,
    /// Empty for the usual ones.
    pub(crate) attributes: Vec<String>,
    /// The usual attributes of the command.
    pub(crate) usual_attributes: Option<&'static [&'static str]>,
    pub(crate) detail: bool,
    pub(crate) key: Option<String>,
}

impl DetailOptions {
    pub(super) fn attribute_names(&self) -> Vec<String> {
        attributes_or(&self.attributes, self.usual_attributes.unwrap_or(ATTRIBUTES))
    }

    fn schema_hint(&self, context: &Context<'_>) -> SchemaHint {
        match (self.with_schema, context.output.silence_schema_output) {
            (true, _) => SchemaHint::Suggest,
            (false, true) => SchemaHint::Silent,
            (false, false) => SchemaHint::Mention,
        }
    }
}

/// Shows the execution as its kind asks for.
pub(crate) async fn show_details(
    context: &mut Context<'_>,
    execution: &Resource,
    options: &DetailOptions,
) -> Result<(), CommandError> {
    let is_workflow = is_workflow(execution);
    if options.show_tasks && !is_workflow {
        return Err(CommandError::Failed("--show-tasks option can only be used with workflow actions".to_owned()));
    }
    if is_workflow && !options.raw && !options.detail {
        return show_workflow(context, execution, options).await;
    }
    show_execution(context, execution, options)
}

fn show_execution(
    context: &mut Context<'_>,
    execution: &Resource,
    options: &DetailOptions,
) -> Result<(), CommandError> {
    let names = match &options.key {
        Some(key) => vec![format!("result.{key}")],
        None => options.attribute_names(),
    };
    if let Some(document) = context.output.document(&attributes::select(execution.as_map(), &names)) {
        return context.print(&document);
    }
    if options.detail {
        let usual = options.usual_attributes.unwrap_or(ATTRIBUTES);
        let names = attributes_or(&[], usual);
        let properties = Properties { attributes: &names, order: usual, transforms: transform::EXECUTION };
        return context.show(execution, properties);
    }
    if let Some(key) = &options.key {
        let text = execution_result::render_key(execution, key);
        return context.print(&text);
    }
    let names = expand_all(execution, names);
    let hint = options.schema_hint(context);
    let text = execution_result::render(execution, &names, transform::EXECUTION, hint, &context.output);
    context.print(&text)
}

fn expand_all(execution: &Resource, names: Vec<String>) -> Vec<String> {
    if names.iter().any(|name| name == "all") { execution.keys().cloned().collect() } else { names }
}

async fn show_workflow(
    context: &mut Context<'_>,
    execution: &Resource,
    options: &DetailOptions,
) -> Result<(), CommandError> {
    let children = context.api.execution_children(execution.id(), options.depth).await?;
    let mut rows = task_rows(children, execution.id());
    let now = context.io.host.now();
    for row in &mut rows {
        add_elapsed(row, now);
    }
    let (summary, names) = summarize(execution, rows.is_empty());
    match context.output.document(&attributes::select(summary.as_map(), &names)) {
        Some(document) => context.print(&document)?,
        None => {
            let settings = &context.output;
            let text = execution_result::render(&summary, &names, transform::EXECUTION, SchemaHint::Silent, settings);
            context.print(&text)?;
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let names = attributes_or(&[], TASK_ATTRIBUTES);
    let columns = Columns { attributes: &names, widths: &options.widths, transforms: transform::EXECUTION };
    context.show_list(&rows, columns)
}

/// The workflow with its error and its last task's result pulled up to where people look first.
fn summarize(execution: &Resource, without_children: bool) -> (Resource, Vec<String>) {
    let mut summary = execution.clone();
    let mut names: Vec<String> = WORKFLOW_ATTRIBUTES.map(str::to_owned).to_vec();
    if without_children {
        names.push("result".to_owned());
    }
    let after_status = names.iter().position(|name| name == "status").map_or(0, |index| index + 1);
    let result = execution.get("result").cloned().unwrap_or(Value::Null);
    let last_task = result.get("tasks").and_then(Value::as_array).and_then(|tasks| tasks.last()).cloned();
    if execution.text("status") == "failed" {
        let found = add_error(&mut summary, &result, last_task.as_ref());
        insert_names(&mut names, after_status, &found);
    }
    match &last_task {
        Some(task) => {
            if let Some(task_result) = task.get("result").filter(|result| is_truthy(result)) {
                summary.set("result_task", task_name(task));
                summary.set("result", task_result.clone());
                insert_names(&mut names, after_status, &["result_task", "result"]);
            }
        }
        None if !names.iter().any(|name| name == "result") => names.push("result".to_owned()),
        None => {}
    }
    (summary, names)
}

fn insert_names(names: &mut Vec<String>, at: usize, more: &[&str]) {
    names.splice(at..at, more.iter().map(|name| (*name).to_owned()));
}

/// Adds what went wrong and returns the names of the attributes that say so.
fn add_error(summary: &mut Resource, result: &Value, last_task: Option<&Value>) -> Vec<&'static str> {
    let truthy = |value: Option<&Value>| value.filter(|value| is_truthy(value)).cloned();
    let (error, traceback) = match result {
        Value::Object(map) => (truthy(map.get("error")), map.get("traceback").cloned()),
        _ => (Some("See result".into()), Some("See result".into())),
    };
    if let Some(error) = error {
        set_error(summary, error, traceback);
        return vec!["error", "traceback"];
    }
    let Some(task) = last_task else { return Vec::new() };
    let task_result = task.get("result");
    let from_task = |name: &str| truthy(task_result.and_then(|result| result.get(name)));
    let Some(error) = from_task("error").or_else(|| from_task("stderr")) else { return Vec::new() };
    set_error(summary, error, task_result.and_then(|result| result.get("traceback")).cloned());
    summary.set("failed_on", task_name(task));
    vec!["error", "traceback", "failed_on"]
}

fn set_error(summary: &mut Resource, error: Value, traceback: Option<Value>) {
    summary.set("error", error);
    summary.set("traceback", traceback.unwrap_or(Value::Null));
    summary.set("result", "See error and traceback.");
}

fn task_name(task: &Value) -> Value {
    task.get("name").cloned().unwrap_or_else(|| "unknown".into())
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    }
}
