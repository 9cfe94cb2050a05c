//! `delete`

use serde_json::Value;

use super::{Context, find, get::not_found_text};
use crate::api::Query;
use crate::commands::{CommandError, Outcome};
use crate::exit::ExitCode;
use crate::kinds::ResourceKind;

/// What to do when there is nothing to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// End with the exit code of a refused operation.
    Refuse,
    /// Say so and be content: `action delete` of the original.
    Accept,
}

#[derive(Debug, Clone)]
pub(crate) struct DeleteRequest {
    pub(crate) kind: &'static ResourceKind,
    pub(crate) id: String,
    pub(crate) query: Query,
    pub(crate) body: Option<Value>,
    pub(crate) missing: Missing,
}

pub(crate) async fn delete(context: &mut Context<'_>, request: DeleteRequest) -> Outcome {
    let DeleteRequest { kind, id, query, body, missing } = request;
    let existing = match find(context, kind, &id, &query).await {
        Ok(existing) => existing,
        Err(CommandError::Failed(_)) => {
            context.print(&not_found_text(kind, &id))?;
            return Ok(if missing == Missing::Accept { ExitCode::SUCCESS } else { ExitCode::REFUSED });
        }
        Err(error) => return Err(error),
    };
    // Keys are addressed by their names, everything else by its id.
    let key = if kind.path == crate::kinds::KEY.path { id.as_str() } else { existing.id() };
    context.api.delete(kind.path, key, &query, body).await?;
    context.print(&format!("Resource with id \"{id}\" has been successfully deleted."))?;
    Ok(ExitCode::SUCCESS)
}
