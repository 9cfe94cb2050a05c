//! `create`

use super::Context;
use crate::commands::{CommandError, Outcome, meta_file};
use crate::exit::ExitCode;
use crate::kinds::{CHANGED_ORDER, ResourceKind};
use crate::output::property_table::Properties;
use crate::output::transform;
use crate::resource::Resource;

pub(crate) async fn create(context: &mut Context<'_>, kind: &ResourceKind, file: &str) -> Outcome {
    let created = create_from_file(context, kind, file).await.map_err(refused)?;
    show_changed(context, &created)
}

async fn create_from_file(context: &Context<'_>, kind: &ResourceKind, file: &str) -> Result<Resource, CommandError> {
    let document = meta_file::load(context.io, file)?;
    Ok(context.api.create(kind.path, document).await?)
}

/// A failed creation ends with the exit code of a refused operation.
pub(crate) fn refused(error: CommandError) -> CommandError {
    CommandError::Refused(error.to_string())
}

/// Shows a resource after it was changed.
pub(crate) fn show_changed(context: &mut Context<'_>, resource: &Resource) -> Outcome {
    let properties = Properties { attributes: &[], order: CHANGED_ORDER, transforms: transform::NONE };
    context.show(resource, properties)?;
    Ok(ExitCode::SUCCESS)
}
