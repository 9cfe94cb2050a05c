//! `enable` and `disable`

use super::{Context, create::show_changed, find};
use crate::api::Query;
use crate::commands::Outcome;
use crate::kinds::ResourceKind;

pub(crate) async fn enable(context: &mut Context<'_>, kind: &ResourceKind, id: &str, enabled: bool) -> Outcome {
    let mut resource = find(context, kind, id, &Query::new()).await?;
    resource.remove("ref");
    resource.set("enabled", enabled);
    let id = resource.id().to_owned();
    let updated = context.api.update(kind.path, &id, resource.into_value()).await?;
    show_changed(context, &updated)
}
