//! Views of actions: parameters merged with the runner's, and the entry point's text.
//! Counterpart: st2api/controllers/v1/action_views.py.

use std::path::{Component, Path};

use serde_json::{Map, Value, json};
use squall_model::{Action, ActionSnapshot};
use squall_store::Page;

use super::{SPEC, runner};
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list;
use crate::resources::packs::pack_directory;

pub(super) async fn parameters(call: Call) -> Outcome {
    let reference = call.param("ref_or_id");
    let action = find(&call).await.map_err(|error| match error {
        ApiError::NotFound(_) => ApiError::NotFound(format!(
            "Database lookup for ref=\"{reference}\" resulted in exception. Referenced action \"{reference}\" doesnt exist"
        )),
        other => other,
    })?;
    call::ok(&json!({"parameters": merged_parameters(&call, action).await?}))
}

pub(super) async fn overview(call: Call) -> Outcome {
    let action = find(&call).await?;
    call::ok(&with_parameters(&call, action).await?)
}

pub(super) async fn overview_list(call: Call) -> Outcome {
    let asked = SPEC.read(&call.query)?;
    let page = call.store().actions.list(&asked.query).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for action in page.items {
        items.push(asked.choice.apply(with_parameters(&call, action).await?));
    }
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

async fn find(call: &Call) -> Result<Action, ApiError> {
    Ok(list::by_ref_or_id(call.store().actions.as_ref(), call.param("ref_or_id")).await?.value)
}

async fn with_parameters(call: &Call, action: Action) -> Result<Map<String, Value>, ApiError> {
    let mut shown = list::shown(&action)?;
    shown.insert("parameters".to_owned(), Value::Object(merged_parameters(call, action).await?));
    Ok(shown)
}

async fn merged_parameters(call: &Call, action: Action) -> Result<Map<String, Value>, ApiError> {
    let runner = runner(call, &action.runner_type).await?;
    Ok(ActionSnapshot::new(action, runner).parameters())
}

pub(super) async fn entry_point(call: Call) -> Outcome {
    let action = find(&call).await?;
    if action.entry_point.is_empty() {
        return Err(ApiError::NotFound(format!(
            "Action ref_or_id={} has no entry_point to output",
            call.param("ref_or_id")
        )));
    }
    let missing = || ApiError::NotFound(format!("File \"{}\" not found", action.entry_point));
    let is_inside = Path::new(&action.entry_point).components().all(|part| matches!(part, Component::Normal(_)));
    let pack = pack_directory(&call, &action.pack).await?.filter(|_| is_inside).ok_or_else(missing)?;
    let text = tokio::fs::read(pack.join("actions").join(&action.entry_point)).await.map_err(|_| missing())?;
    let content_type = match Path::new(&action.entry_point).extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => "application/x-yaml",
        Some("py") => "application/x-python",
        _ => "text/plain",
    };
    Ok(call::bytes(content_type, text))
}
