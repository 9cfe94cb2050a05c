//! Parts of an execution: result, output, one attribute, children.

use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::{Value, json};
use squall_model::{Execution, Id, OutputType};
use squall_store::{Condition, Error as StoreError, Query, Store};
use std::sync::Arc;

use super::{find, find_or_last, told, view};
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::Choice;
use crate::masking;

/// How many descendants are answered at most; a page of the web client shows far fewer.
const MAXIMUM_DESCENDANTS: usize = 100_000;

pub(super) async fn attribute(call: Call) -> Outcome {
    let name = call.param("attribute");
    if !["result", "trigger_instance", "status"].contains(&name) {
        return Err(ApiError::Invalid(format!(
            "Invalid attribute \"{name}\" specified. Valid attributes are: result, trigger_instance, status"
        )));
    }
    let execution = find(&call).await?;
    match name {
        "result" => call::ok(&result_value(&call, &execution)?),
        "status" => call::ok(&execution.status),
        _ => call::ok(&execution.trigger_instance.clone().unwrap_or_else(empty)),
    }
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

fn result_value(call: &Call, execution: &Execution) -> Result<Value, ApiError> {
    let Some(_) = &execution.result else { return Ok(empty()) };
    let value = execution.result_value();
    Ok(if call.masks_secrets()? { masking::result(&execution.snapshot, value) } else { value })
}

pub(super) async fn result(call: Call) -> Outcome {
    let (download, pretty) = (flag(&call, "download")?, flag(&call, "pretty_format")?);
    // Asking for compression is taken as a wish: the text is the same.
    flag(&call, "compress")?;
    // Unlike the execution itself, this part of one that does not exist is a path that does not exist.
    let execution = find(&call).await.map_err(|error| match error {
        ApiError::NotFound(_) => ApiError::no_path(),
        other => other,
    })?;
    let value = result_value(&call, &execution)?;
    let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) };
    let mut response = call::bytes("text/json", text.map_err(|error| ApiError::Internal(error.to_string()))?);
    if download {
        add_file_name(&mut response, &execution.id);
    }
    Ok(response)
}

fn flag(call: &Call, name: &str) -> Result<bool, ApiError> {
    Ok(call.query.boolean(name)?.unwrap_or(false))
}

fn add_file_name(response: &mut Response, id: &Id) {
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=execution_{id}_result.json")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
}

/// Reads `output_type`; what is none of the known ones stands for no output at all.
pub(crate) fn output_type(call: &Call) -> Result<Option<OutputType>, ApiError> {
    match call.query.text("output_type") {
        None | Some("all") => Ok(None),
        Some("stdout") => Ok(Some(OutputType::Stdout)),
        Some("stderr") => Ok(Some(OutputType::Stderr)),
        Some("output") => Ok(Some(OutputType::Output)),
        Some(other) => Err(ApiError::Invalid(format!("'{other}' is not one of ['all', 'stdout', 'stderr']"))),
    }
}

pub(super) async fn output(call: Call) -> Outcome {
    let execution = find_or_last(&call).await?;
    // Some type of output that does not exist has no text.
    let Ok(wanted) = output_type(&call) else { return Ok(call::bytes("text/plain; charset=UTF-8", "")) };
    let chunks = call.store().outputs.read(&execution.id, wanted).await?;
    let mut text: String = chunks.into_iter().map(|chunk| chunk.data).collect();
    if wanted.is_none() && execution.is_workflow() {
        let actions = actions_told(call.store(), &execution.id).await?;
        text.push_str(&told(&execution, &actions));
    }
    Ok(call::bytes("text/plain; charset=UTF-8", text))
}

/// The most actions of which a workflow's output tells; what each of ten thousand items did nobody reads.
const MOST_TOLD: usize = 2_000;

/// Returns the actions of a workflow of which its output tells.
pub(crate) async fn actions_told(store: &Store, workflow: &Id) -> Result<Vec<Arc<Execution>>, StoreError> {
    let store = &store.executions;
    let mut actions = Vec::new();
    for id in store.child_ids(workflow).await?.into_iter().take(MOST_TOLD) {
        actions.extend(store.get(&id).await?);
    }
    Ok(actions)
}

/// Returns the actions of a workflow that were asked for from this one on until some action of it ended: those of one step of its engine.
pub(crate) async fn begun_together(store: &Store, first: &Execution) -> Result<Vec<Arc<Execution>>, StoreError> {
    let Some(workflow) = first.parent else { return Ok(Vec::new()) };
    let since = |path: &str| {
        let begin = Condition::AtLeast(json!(first.start_timestamp));
        Query::all().equals("parent", json!(workflow)).filter(path, begin).ascending(path)
    };
    let ended = store.executions.list(&since("end_timestamp").limit(1), false).await?.items;
    let mut asked = since("start_timestamp").limit(MOST_TOLD as u64);
    if let Some(end) = ended.first().and_then(|ended| ended.end_timestamp) {
        asked = asked.filter("start_timestamp", Condition::AtMost(json!(end)));
    }
    Ok(store.executions.list(&asked, false).await?.items)
}

pub(super) async fn children(call: Call) -> Outcome {
    let depth = call.query.integer("depth")?.unwrap_or(-1);
    // A depth of zero gives the children all the same, as in the original.
    let levels = usize::try_from(depth).map_or(usize::MAX, |depth| depth.max(1));
    let masked = call.masks_secrets()?;
    let parent = find(&call).await?;
    let mut descendants = descendants(&call, parent.id, levels).await?;
    if call.query.text("result_fmt") == Some("sorted") {
        descendants.sort_by_key(|execution| execution.start_timestamp);
    }
    let mut shown = Vec::with_capacity(descendants.len());
    for execution in &descendants {
        shown.push(view(&call, execution, masked, &Choice::All).await?);
    }
    call::ok(&shown)
}

/// Returns the descendants depth first, in the order of their start.
pub(crate) async fn descendants(call: &Call, root: Id, levels: usize) -> Result<Vec<Arc<Execution>>, ApiError> {
    let store = &call.store().executions;
    let mut found = Vec::new();
    let mut pending: Vec<(Id, usize)> = store.child_ids(&root).await?.into_iter().rev().map(|id| (id, 1)).collect();
    while let Some((id, level)) = pending.pop() {
        let Some(execution) = store.get(&id).await? else { continue };
        if found.len() == MAXIMUM_DESCENDANTS {
            return Err(ApiError::invalid("The execution has too many descendants; limit the depth."));
        }
        if level < levels && execution.is_workflow() {
            pending.extend(store.child_ids(&id).await?.into_iter().rev().map(|id| (id, level + 1)));
        }
        found.push(execution);
    }
    Ok(found)
}
