//! `pack install`

use serde_json::{Value, json};

use super::watch::watch;
use super::{PackView, RESULT_ATTRIBUTES};
use crate::api::Query;
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::output::multi_column_table::Columns;
use crate::output::property_table::Properties;
use crate::output::{attributes, python, transform};
use crate::resource::Resource;

const CONTENT_KINDS: [&str; 5] = ["actions", "rules", "sensors", "aliases", "triggers"];

#[derive(Debug, Clone)]
pub(crate) struct InstallPacks {
    pub(crate) view: PackView,
    pub(crate) force: bool,
    pub(crate) skip_dependencies: bool,
}

pub(crate) async fn install(context: &mut Context<'_>, request: InstallPacks) -> Outcome {
    let InstallPacks { view, force, skip_dependencies } = request;
    if !context.is_structured() {
        show_content(context, &view.packs).await?;
    }
    let body = json!({ "packs": view.packs, "force": force, "skip_dependencies": skip_dependencies });
    let answer = Resource::from_value(context.api.post("/packs/install", body).await?);
    let execution = watch(context, answer.text("execution_id"), &view.failure_details()).await?;
    let list = |path: &str| -> Vec<Value> {
        attributes::lookup(execution.as_map(), path).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let packs: Vec<String> = list("result.output.packs_list").iter().map(python::text).collect();
    show_packs(context, &packs, &view).await?;
    for warning in list("result.output.warning_list") {
        context.print(&python::text(&warning))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn show_packs(context: &mut Context<'_>, names: &[String], view: &PackView) -> Result<(), CommandError> {
    if let [name] = names {
        let Some(pack) = context.api.find("packs", name, &Query::new()).await? else {
            return context.print("No matching items found");
        };
        let properties =
            Properties { attributes: &view.attributes, order: RESULT_ATTRIBUTES, transforms: transform::NONE };
        return context.show(&pack, properties);
    }
    let mut packs = context.api.list("/packs", &Query::new()).await?.items;
    packs.retain(|pack| names.iter().any(|name| name == pack.text("name") || name == pack.text("ref")));
    let columns = Columns { attributes: &view.attributes, widths: &view.widths, transforms: transform::NONE };
    context.show_matches(&packs, columns)
}

/// Says how much the packs bring along, as far as the index knows.
async fn show_content(context: &mut Context<'_>, packs: &[String]) -> Result<(), CommandError> {
    let mut counts = [0_u64; CONTENT_KINDS.len()];
    let mut is_known = false;
    for pack in packs {
        if pack.starts_with("file://") {
            return Ok(());
        }
        let Ok(found) = context.api.post("/packs/index/search", json!({ "pack": pack })).await else { continue };
        let Some(content) = found.get("content").and_then(Value::as_object) else { continue };
        is_known |= !content.is_empty();
        for (count, kind) in counts.iter_mut().zip(CONTENT_KINDS) {
            *count += content.get(kind).and_then(|kind| kind.get("count")).and_then(Value::as_u64).unwrap_or(0);
        }
    }
    if !is_known {
        return Ok(());
    }
    let noun = if packs.len() == 1 { "pack" } else { "packs" };
    let names = packs.join(", ");
    context.print(&format!("\nFor the \"{names}\" {noun}, the following content will be registered:\n"))?;
    for (kind, count) in CONTENT_KINDS.iter().zip(counts) {
        context.print(&format!("{kind:<10}|  {count}"))?;
    }
    context.print("\nInstallation may take a while for packs with many items.")
}
