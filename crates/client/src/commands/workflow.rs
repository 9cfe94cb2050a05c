//! `workflow inspect`

use std::path::PathBuf;

use serde_json::Value;

use crate::api::Query;
use crate::commands::{CommandError, Context, Outcome, meta_file};
use crate::exit::ExitCode;
use crate::kinds::ACTION;
use crate::output::Format;
use crate::output::yaml::{self, Layout};

/// Where packs are installed.
const PACKS_DIRECTORY: &str = "/opt/stackstorm/packs";

/// The definition to look at.
#[derive(Debug, Clone)]
pub(crate) enum Definition {
    File(String),
    Action(String),
}

pub(crate) async fn inspect(context: &mut Context<'_>, definition: Definition) -> Outcome {
    let (path, name) = locate(context, definition).await?;
    if !path.is_file() {
        return Err(CommandError::Failed(format!("File \"{name}\" does not exist on local system.")));
    }
    let text = meta_file::read(&path, &name)?;
    let errors = context.api.post_text("/workflows/inspect", text).await?;
    if let Some(document) = context.output.document(&errors).filter(|_| context.output.format == Format::Json) {
        context.print(&document)?;
        return Ok(ExitCode::SUCCESS);
    }
    match errors {
        Value::Array(errors) if errors.is_empty() => context.print("No errors found in workflow definition.")?,
        errors => context.print(&yaml::dump(&errors, Layout { indent: 2, width: 80, unicode: true }))?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn locate(context: &Context<'_>, definition: Definition) -> Result<(PathBuf, String), CommandError> {
    match definition {
        Definition::File(file) => Ok((context.io.resolve_path(&file), file)),
        Definition::Action(reference) => {
            let action = context.api.find(ACTION.path, &reference, &Query::new()).await?;
            let action =
                action.ok_or_else(|| CommandError::Failed(format!("Unable to identify action \"{reference}\".")))?;
            let file = format!("{PACKS_DIRECTORY}/{}/actions/{}", action.text("pack"), action.text("entry_point"));
            Ok((PathBuf::from(&file), file))
        }
    }
}
