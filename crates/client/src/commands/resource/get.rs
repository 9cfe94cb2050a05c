//! `get`

use super::Context;
use crate::api::{ApiError, Query};
use crate::commands::{CommandError, Outcome};
use crate::exit::ExitCode;
use crate::kinds::ResourceKind;
use crate::output::property_table::Properties;
use crate::output::transform;
use crate::resource::Resource;

#[derive(Debug, Clone)]
pub(crate) struct GetRequest {
    pub(crate) kind: &'static ResourceKind,
    pub(crate) ids: Vec<String>,
    pub(crate) query: Query,
    pub(crate) attributes: Vec<String>,
}

pub(crate) async fn get(context: &mut Context<'_>, request: GetRequest) -> Outcome {
    let resources = fetch_all(context, &request).await?;
    for resource in &resources {
        let properties =
            Properties { attributes: &request.attributes, order: request.kind.order, transforms: transform::NONE };
        context.show(resource, properties)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The resources that exist; a missing one is an error only when it is the only one.
pub(crate) async fn fetch_all(context: &mut Context<'_>, request: &GetRequest) -> Result<Vec<Resource>, CommandError> {
    let mut resources = Vec::new();
    for id in &request.ids {
        if let Some(resource) = find_or_refused(context, request, id).await? {
            resources.push(resource);
            continue;
        }
        context.print(&not_found_text(request.kind, id))?;
        if request.ids.len() == 1 {
            return Err(CommandError::Failed(format!("Resource {id} not found.")));
        }
    }
    Ok(resources)
}

/// An id that the server refuses to understand belongs to no resource.
async fn find_or_refused(
    context: &Context<'_>,
    request: &GetRequest,
    id: &str,
) -> Result<Option<Resource>, CommandError> {
    match context.api.find(request.kind.path, id, &request.query).await {
        Ok(found) => Ok(found),
        Err(ApiError::Answer { status: 400, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The original's words for a resource that is not there.
pub(crate) fn not_found_text(kind: &ResourceKind, id: &str) -> String {
    format!("{} \"{id}\" is not found.\n", kind.display)
}
