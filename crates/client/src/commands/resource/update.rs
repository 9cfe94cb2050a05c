//! `update`

use super::{Context, create::show_changed, find};
use crate::api::Query;
use crate::commands::{CommandError, Outcome, meta_file};
use crate::kinds::ResourceKind;
use crate::resource::Resource;

pub(crate) async fn update(context: &mut Context<'_>, kind: &ResourceKind, id: &str, file: &str) -> Outcome {
    let existing = find(context, kind, id, &Query::new()).await?;
    let mut modified = Resource::from_value(meta_file::load(context.io, file)?);
    if !modified.has("id") {
        modified.set("id", existing.id());
    } else if modified.id() != existing.id() {
        return Err(CommandError::Failed(format!(
            "The value for the {} id in the JSON/YAML file does not match the ID provided in the command line arguments.",
            kind.display.to_lowercase()
        )));
    }
    let updated = context.api.update(kind.path, existing.id(), modified.into_value()).await?;
    show_changed(context, &updated)
}
