//! `pack remove`

use serde_json::json;

use super::watch::watch;
use super::{PackView, RESULT_ATTRIBUTES};
use crate::api::Query;
use crate::commands::context::NO_MATCHES;
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::output::multi_column_table::Columns;
use crate::output::property_table::Properties;
use crate::output::transform;

#[derive(Debug, Clone)]
pub(crate) struct RemovePacks {
    pub(crate) view: PackView,
}

pub(crate) async fn remove(context: &mut Context<'_>, request: RemovePacks) -> Outcome {
    let view = request.view;
    let mut before = context.api.list("/packs", &Query::new()).await?.items;
    let answer = context.api.post("/packs/uninstall", json!({ "packs": view.packs })).await?;
    let id = answer.get("execution_id").and_then(|id| id.as_str()).unwrap_or_default().to_owned();
    watch(context, &id, &view.failure_details()).await?;
    for pack in &view.packs {
        if context.api.find("packs", pack, &Query::new()).await?.is_some() {
            return Err(CommandError::Refused(format!("Pack {pack} has not been removed properly")));
        }
    }
    before.retain(|pack| view.packs.iter().any(|name| name == pack.text("name") || name == pack.text("ref")));
    match &before[..] {
        [] => context.print(NO_MATCHES)?,
        [pack] if view.packs.len() == 1 => {
            let properties =
                Properties { attributes: &view.attributes, order: RESULT_ATTRIBUTES, transforms: transform::NONE };
            context.show(pack, properties)?;
        }
        packs => {
            let columns = Columns { attributes: &view.attributes, widths: &view.widths, transforms: transform::NONE };
            context.show_list(packs, columns)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
