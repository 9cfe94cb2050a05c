//! `GET /executions`.

use serde_json::json;
use squall_store::{Condition, Page, Query};

use super::view;
use crate::call::{Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, Choice, FilterSpec, Kind, ListSpec};
use crate::query::QueryString;

pub(super) const ATTRIBUTES: &[&str] = &[
    "id",
    "action",
    "runner",
    "liveaction",
    "status",
    "start_timestamp",
    "end_timestamp",
    "elapsed_seconds",
    "parameters",
    "result",
    "result_size",
    "context",
    "parent",
    "children",
    "log",
    "delay",
    "web_url",
    "workflow_execution",
    "task_execution",
    "rule",
    "trigger",
    "trigger_type",
    "trigger_instance",
];

const NEWEST_FIRST: &[&str] = &["-start_timestamp", "action.ref"];
const OLDEST_FIRST: &[&str] = &["start_timestamp", "action.ref"];

pub(super) const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("status", "status", Kind::Text),
        FilterSpec("parent", "parent", Kind::Text),
        FilterSpec("action", "action.ref", Kind::Text),
        FilterSpec("runner", "runner.name", Kind::Text),
        FilterSpec("user", "context.user", Kind::Text),
        FilterSpec("liveaction", "liveaction.id", Kind::Text),
        FilterSpec("rule", "rule.name", Kind::Text),
        FilterSpec("trigger", "trigger.name", Kind::Text),
        FilterSpec("trigger_type", "trigger_type.name", Kind::Text),
        FilterSpec("trigger_instance", "trigger_instance.id", Kind::Text),
        FilterSpec("timestamp_gt", "start_timestamp", Kind::After),
        FilterSpec("timestamp_lt", "start_timestamp", Kind::Before),
        FilterSpec("start_timestamp", "start_timestamp", Kind::Text),
    ],
    sortable: true,
    order: NEWEST_FIRST,
    attributes: ATTRIBUTES,
    excludable: &["result", "trigger_instance", "status"],
    always: &["id"],
};

pub(super) async fn list(call: Call) -> Outcome {
    let mut asked = SPEC.read(&call.query)?;
    asked.choice = widened(asked.choice);
    let masked = call.masks_secrets()?;
    asked.query = with_range(with_advanced_filters(asked.query, &call.query)?, &call.query)?;
    if call.query.text("sort").is_none() {
        asked.query.sort = list::order(order(&call.query));
    }
    let with_results = asked.choice.shows("result") || asked.choice.shows("result_size");
    let page = call.store().executions.list(&asked.query, with_results).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for execution in &page.items {
        items.push(view(&call, execution, masked, &asked.choice).await?);
    }
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

/// Parts of the action bring with them what the original reads to mask secrets; clients have come to expect it.
pub(super) fn widened(choice: Choice) -> Choice {
    let Choice::Include(mut paths) = choice else { return choice };
    let names_part =
        |whole: &str| paths.iter().any(|path| path.split_once('.').is_some_and(|(first, _)| first == whole));
    if names_part("action") {
        let more = ["action.uid", "action.pack", "action.parameters", "action.output_schema"];
        paths.extend(more.map(str::to_owned));
    }
    Choice::Include(paths)
}

/// Whoever asks for what came after a moment gets the oldest first.
fn order(query: &QueryString) -> &'static [&'static str] {
    if query.text("timestamp_lt").is_some() || query.text("sort_desc").is_some() {
        NEWEST_FIRST
    } else if query.text("timestamp_gt").is_some() || query.text("sort_asc").is_some() {
        OLDEST_FIRST
    } else {
        NEWEST_FIRST
    }
}

/// Adds `timestamp=a..b`.
fn with_range(query: Query, given: &QueryString) -> Result<Query, ApiError> {
    let Some(text) = given.text("timestamp") else { return Ok(query) };
    let Some((from, to)) = text.split_once("..") else {
        return Err(ApiError::invalid("timestamp must be a range of the form START..END"));
    };
    let (from, to) = (from.parse::<squall_model::Timestamp>()?, to.parse::<squall_model::Timestamp>()?);
    let (from, to) = (from.min(to), from.max(to));
    let query = query.filter("start_timestamp", Condition::AtLeast(json!(from)));
    Ok(query.filter("start_timestamp", Condition::AtMost(json!(to))))
}

/// Adds `filter=path:value path:value`.
fn with_advanced_filters(mut query: Query, given: &QueryString) -> Result<Query, ApiError> {
    for token in given.text("filter").into_iter().flat_map(|text| text.split(' ')) {
        let Some((path, value)) = token.split_once(':') else {
            return Err(ApiError::Invalid(format!("invalid format for filter \"{token}\"")));
        };
        let first = path.split('.').next().unwrap_or_default();
        if !ATTRIBUTES.contains(&first) {
            return Err(ApiError::Invalid(format!("Cannot resolve field \"{first}\"")));
        }
        query = query.equals(path, value);
    }
    Ok(query)
}
