//! `trace list` and `trace get` (`commands/trace.py` of the original).

mod filter;

use serde_json::{Value, json};

pub(crate) use self::filter::{Component, TraceFilter};

use crate::api::Query;
use crate::commands::resource::{GetRequest, attributes_or, fetch_all, note_about_more};
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::kinds::TRACE;
use crate::output::execution_result::{self, SchemaHint};
use crate::output::multi_column_table::{self, Columns};
use crate::output::{Format, Transform, Transforms, attributes};
use crate::resource::Resource;

const TRANSFORMS: Transforms = &[("start_timestamp", Transform::Date)];
const ALL_ATTRIBUTES: &[&str] =
    &["id", "trace_tag", "action_executions", "rules", "trigger_instances", "start_timestamp"];
const HEADER_ATTRIBUTES: &[&str] = &["id", "trace_tag", "start_timestamp"];
const COMPONENT_ATTRIBUTES: &[&str] = &["id", "type", "ref", "updated_at"];

/// The components of a trace: attribute, type, and the words by which `--attr` names them.
const COMPONENTS: [(&str, &str, &[&str]); 3] = [
    (
        "trigger_instances",
        "trigger-instance",
        &["all", "trigger-instances", "trigger_instances", "triggerinstances", "triggers"],
    ),
    ("rules", "rule", &["all", "rules"]),
    (
        "action_executions",
        "execution",
        &["all", "executions", "action-executions", "action_executions", "actionexecutions", "actions"],
    ),
];

#[derive(Debug, Clone)]
pub(crate) struct ListTraces {
    pub(crate) query: Query,
    /// Empty for the usual ones.
    pub(crate) attributes: Vec<String>,
    pub(crate) widths: Vec<usize>,
    pub(crate) limit: i64,
}

/// A list; a single trace is shown with its components.
pub(crate) async fn list(context: &mut Context<'_>, request: ListTraces) -> Outcome {
    let page = context.api.list("/traces/", &request.query).await?;
    let total = page.total_count.unwrap_or(0);
    if let [trace] = &page.items[..] {
        let shown = attributes_or(&request.attributes, &["all"]);
        show(context, trace, &shown)?;
        if !context.is_structured() {
            note_about_more(context, &TRACE, request.limit.min(1), if total > 1 { total } else { 0 }, 0)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let names = attributes_or(&request.attributes, TRACE.list_attributes);
    let columns = Columns { attributes: &names, widths: &request.widths, transforms: TRANSFORMS };
    context.show_matches(&page.items, columns)?;
    if !context.is_structured() && !page.items.is_empty() {
        let table = multi_column_table::render(&page.items, columns, &context.output);
        note_about_more(context, &TRACE, request.limit, total, table.lines().next().map_or(0, str::len))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn get(
    context: &mut Context<'_>,
    ids: Vec<String>,
    shown: &[String],
    filter: &TraceFilter,
) -> Outcome {
    let request = GetRequest { kind: &TRACE, ids, query: Query::new(), attributes: Vec::new() };
    for trace in fetch_all(context, &request).await? {
        let trace = filter.apply(trace);
        show(context, &trace, shown)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(context: &mut Context<'_>, trace: &Resource, shown: &[String]) -> Result<(), CommandError> {
    let is_json = context.output.format == Format::Json;
    let names = attributes_or(&[], if is_json { ALL_ATTRIBUTES } else { HEADER_ATTRIBUTES });
    if let Some(document) = context.output.document(&attributes::select(trace.as_map(), &names)) {
        return context.print(&document);
    }
    let hint = if context.output.silence_schema_output { SchemaHint::Silent } else { SchemaHint::Mention };
    let text = execution_result::render(trace, &names, TRANSFORMS, hint, &context.output);
    context.print(&text)?;
    let mut components = components(trace, shown);
    if components.is_empty() {
        return Ok(());
    }
    components.sort_by(|left, right| left.text("updated_at").cmp(right.text("updated_at")));
    let names = attributes_or(&[], COMPONENT_ATTRIBUTES);
    context.show_list(&components, Columns { attributes: &names, widths: &[], transforms: &[] })
}

fn components(trace: &Resource, shown: &[String]) -> Vec<Resource> {
    let mut rows = Vec::new();
    for (attribute, kind, words) in COMPONENTS {
        if !shown.iter().any(|word| words.contains(&word.as_str())) {
            continue;
        }
        for component in trace.get(attribute).and_then(Value::as_array).into_iter().flatten() {
            rows.push(Resource::from_value(json!({
                "id": component.get("object_id"),
                "type": kind,
                "ref": component.get("ref"),
                "updated_at": component.get("updated_at"),
            })));
        }
    }
    rows
}
