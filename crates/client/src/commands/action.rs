//! `action clone`; everything else that can be done with actions is done with every kind of resource, or by `run`.

use serde_json::json;

use crate::api::Query;
use crate::commands::resource::{find, not_found_text, show_changed};
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::kinds;
use crate::resource::Resource;

#[derive(Debug, Clone)]
pub(crate) struct CloneAction {
    pub(crate) source: String,
    pub(crate) pack: String,
    pub(crate) name: String,
    pub(crate) force: bool,
}

pub(crate) async fn clone(context: &mut Context<'_>, request: CloneAction) -> Outcome {
    let source = find(context, &kinds::ACTION, &request.source, &Query::new()).await;
    if let Err(CommandError::Failed(_)) = source {
        context.print(&not_found_text(&kinds::ACTION, &request.source))?;
        return Ok(ExitCode::SUCCESS);
    }
    source?;
    let target = format!("{}.{}", request.pack, request.name);
    let exists = context.api.find(kinds::ACTION.path, &target, &Query::new()).await?.is_some();
    if exists && !request.force && !confirm_overwrite(context)? {
        context.print("Action is not cloned.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let body = json!({ "dest_pack": request.pack, "dest_action": request.name, "overwrite": exists });
    let cloned = context.api.post(&format!("/actions/{}/clone", request.source), body).await?;
    show_changed(context, &Resource::from_value(cloned))
}

fn confirm_overwrite(context: &mut Context<'_>) -> Result<bool, CommandError> {
    context.write("The destination action already exists. Do you want to overwrite? (y/n): ")?;
    let answer = context.read_line()?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}
