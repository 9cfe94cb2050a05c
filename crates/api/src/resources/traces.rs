//! `/traces`. Counterpart: st2api/controllers/v1/traces.py.

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use squall_model::{Id, Trace};
use squall_service::traces::{child_link, trace_id};
use squall_store::Page;

use super::executions::{descendants, root};
use crate::auth::hex;
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![get("/traces", list_all), get("/traces/{id}", get_one)]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("trace_tag", "trace_tag", Kind::Text),
        FilterSpec("rule", "rules", Kind::Element("object_id")),
        FilterSpec("trigger_instance", "trigger_instances", Kind::Element("object_id")),
        FilterSpec("start_timestamp", "start_timestamp", Kind::Text),
    ],
    sortable: true,
    order: &["-start_timestamp", "trace_tag"],
    attributes: &["id", "uid", "trace_tag", "start_timestamp", "action_executions", "rules", "trigger_instances"],
    excludable: &["uid", "trace_tag", "start_timestamp", "action_executions", "rules", "trigger_instances"],
    always: &["id"],
};

async fn list_all(call: Call) -> Outcome {
    let mut asked = SPEC.read(&call.query)?;
    if call.query.text("sort").is_none() && call.query.text("sort_asc").is_some() {
        asked.query.sort = list::order(&["start_timestamp", "trace_tag"]);
    }
    if let Some(text) = call.query.text("execution") {
        let id = trace_of(&call, text).await?.unwrap_or_default();
        asked.query = asked.query.equals("id", id.to_string());
    }
    let page = call.store().traces.list(&asked.query).await?;
    let items = page.items.iter().map(|trace| Ok(asked.choice.apply(shown(trace)?)));
    let items = items.collect::<Result<Vec<_>, ApiError>>()?;
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

/// Returns the trace of an execution: that of the one which nobody started for another. No trace has to be searched for it.
async fn trace_of(call: &Call, execution: &str) -> Result<Option<Id>, ApiError> {
    let Ok(id) = execution.parse() else { return Ok(None) };
    let Some(execution) = call.store().executions.get(&id).await? else { return Ok(None) };
    let root = root(call, execution).await?;
    Ok(Some(trace_id(&root)))
}

/// One trace also names what its workflows started, which is not stored in it.
async fn get_one(call: Call) -> Outcome {
    let id = call.id_param("id")?;
    let found = call.store().traces.get(&id).await?.ok_or_else(|| ApiError::no_id(call.param("id")))?;
    let mut trace = found.value;
    let mut links = Vec::with_capacity(trace.action_executions.len());
    for link in trace.action_executions {
        let started = match link.object_id.parse() {
            Ok(id) => descendants(&call, id, usize::MAX).await?,
            Err(_) => Vec::new(),
        };
        links.push(link);
        links.extend(started.iter().filter_map(|child| Some(child_link(child, &child.parent?))));
    }
    trace.action_executions = links;
    call::ok(&shown(&trace)?)
}

fn shown(trace: &Trace) -> Result<Map<String, Value>, ApiError> {
    let mut shown = list::shown(trace)?;
    shown.insert("uid".to_owned(), json!(format!("trace:{}", hex(&Md5::digest(&trace.trace_tag)))));
    Ok(shown)
}
