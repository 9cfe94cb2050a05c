//! `/executions`. Counterpart: st2api/controllers/v1/actionexecutions.py.

mod control;
mod filters;
mod list;
mod parts;
mod progress;
mod request;
mod view;

use std::sync::Arc;

use squall_model::Execution;
use squall_store::Query;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::Choice;
use crate::routes::{Route, delete, get, post, put};

pub(crate) use parts::{actions_told, begun_together, descendants, output_type};
pub(crate) use progress::{told, told_of_action, told_of_request, told_of_workflow};
pub(crate) use view::ExecutionView;

macro_rules! operations {
    ($name:literal) => {
        vec![
            get($name, list::list),
            post($name, request::create),
            get(concat!($name, "/{id}"), get_one),
            put(concat!($name, "/{id}"), control::update),
            delete(concat!($name, "/{id}"), control::cancel),
            get(concat!($name, "/{id}/output"), parts::output),
            post(concat!($name, "/{id}/re_run"), request::re_run),
            get(concat!($name, "/{id}/attribute/{attribute}"), parts::attribute),
            get(concat!($name, "/{id}/children"), parts::children),
            get(concat!($name, "/{id}/result"), parts::result),
            get(concat!($name, "/views/filters"), filters::values),
        ]
    };
}

const MAXIMUM_RESULT_SIZE: i64 = 14 * 1024 * 1024;

pub(super) fn routes() -> Vec<Route> {
    // One resource with two names.
    let mut routes = operations!("/executions");
    routes.extend(operations!("/actionexecutions"));
    routes
}

async fn get_one(call: Call) -> Outcome {
    let choice = choice(&call)?;
    let maximum = call.query.integer("max_result_size")?;
    if maximum.is_some_and(|maximum| maximum > MAXIMUM_RESULT_SIZE) {
        return Err(ApiError::invalid("max_result_size query parameter must be smaller than 14 MB"));
    }
    let masked = call.masks_secrets()?;
    let execution = find_or_last(&call).await?;
    let mut view = view(&call, &execution, masked, &choice).await?;
    view.maximum_result_size = maximum.and_then(|maximum| usize::try_from(maximum).ok()).filter(|size| *size > 0);
    call::ok(&view)
}

/// Reads the attributes asked for; the texts for one execution differ from those for lists.
fn choice(call: &Call) -> Result<Choice, ApiError> {
    let (include, exclude) = (call.query.text("include_attributes"), call.query.text("exclude_attributes"));
    if include.is_some() && exclude.is_some() {
        return Err(ApiError::invalid(
            "exclude_attributes and include_attributes arguments are mutually exclusive. You need to provide either one or another, but not both.",
        ));
    }
    let top = |name: &str| name.split('.').next().is_some_and(|first| list::ATTRIBUTES.contains(&first));
    if let Some(unknown) = include.and_then(|names| names.split(',').find(|name| !top(name))) {
        return Err(ApiError::Invalid(format!(
            "Invalid or unsupported include attribute specified: Cannot resolve field \"{unknown}\""
        )));
    }
    Ok(list::widened(list::SPEC.choice(&call.query)?))
}

/// Returns how the execution is shown; workflows show their children.
pub(super) async fn view<'a>(
    call: &'a Call,
    execution: &'a Execution,
    masked: bool,
    choice: &'a Choice,
) -> Result<ExecutionView<'a>, ApiError> {
    let children = if execution.is_workflow() && choice.shows("children") {
        call.store().executions.child_ids(&execution.id).await?
    } else {
        Vec::new()
    };
    let web_url_base = &call.context().settings.webui_base_url;
    let mut view = ExecutionView::new(execution, masked, choice, web_url_base);
    view.children = children;
    Ok(view)
}

/// Returns the execution that the path names by its id.
pub(super) async fn find(call: &Call) -> Result<Arc<Execution>, ApiError> {
    let id = call.id_param("id")?;
    let found = call.store().executions.get(&id).await?;
    found.ok_or_else(|| ApiError::no_id(call.param("id")))
}

/// How many levels of workflows in workflows are followed.
const LEVELS: usize = 64;

/// Returns the execution that nobody started for another, of which this one is a part.
pub(crate) async fn root(call: &Call, execution: Arc<Execution>) -> Result<Arc<Execution>, ApiError> {
    let mut root = execution;
    for _ in 0..LEVELS {
        let Some(parent) = root.parent else { break };
        let Some(found) = call.store().executions.get(&parent).await? else { break };
        root = found;
    }
    Ok(root)
}

/// Returns the execution that the path names, also as `last`.
pub(crate) async fn find_or_last(call: &Call) -> Result<Arc<Execution>, ApiError> {
    if call.param("id") != "last" {
        return find(call).await;
    }
    let newest = Query::all().descending("id").limit(1);
    let page = call.store().executions.list(&newest, true).await?;
    page.items.into_iter().next().ok_or_else(|| ApiError::invalid("No executions found in the database"))
}
