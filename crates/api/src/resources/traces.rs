//! `/traces`. Counterpart: st2api/controllers/v1/traces.py.

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use squall_model::Trace;
use squall_store::Page;

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
        FilterSpec("execution", "action_executions", Kind::Element("object_id")),
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
    let page = call.store().traces.list(&asked.query).await?;
    let items = page.items.iter().map(|trace| Ok(asked.choice.apply(shown(trace)?)));
    let items = items.collect::<Result<Vec<_>, ApiError>>()?;
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

async fn get_one(call: Call) -> Outcome {
    let id = call.id_param("id")?;
    let found = call.store().traces.get(&id).await?.ok_or_else(|| ApiError::no_id(call.param("id")))?;
    call::ok(&shown(&found.value)?)
}

fn shown(trace: &Trace) -> Result<Map<String, Value>, ApiError> {
    let mut shown = list::shown(trace)?;
    shown.insert("uid".to_owned(), json!(format!("trace:{}", hex(&Md5::digest(&trace.trace_tag)))));
    Ok(shown)
}
