//! What can be done with every kind of resource (`commands/resource.py` of the original).

mod create;
mod delete;
mod enable;
mod get;
mod list;
mod update;

pub(crate) use self::create::{create, refused, show_changed};
pub(crate) use self::delete::{DeleteRequest, Missing, delete};
pub(crate) use self::enable::enable;
pub(crate) use self::get::{GetRequest, fetch_all, get, not_found_text};
pub(crate) use self::list::{ListRequest, Order, list, note_about_more};
pub(crate) use self::update::update;

use super::{CommandError, Context};
use crate::api::Query;
use crate::kinds::{Lookup, ResourceKind};
use crate::resource::Resource;

/// The resource that the user means; an error when there is none.
pub(crate) async fn find(
    context: &Context<'_>,
    kind: &ResourceKind,
    id: &str,
    query: &Query,
) -> Result<Resource, CommandError> {
    let (found, what) = match kind.lookup {
        Lookup::Reference => (context.api.find(kind.path, id, query).await?, "id or reference"),
        Lookup::Id => (context.api.find(kind.path, id, query).await?, "id"),
        Lookup::Name => (find_by_name_or_id(context, kind, id).await?, "id or name"),
    };
    found.ok_or_else(|| CommandError::missing(what, id))
}

async fn find_by_name_or_id(
    context: &Context<'_>,
    kind: &ResourceKind,
    id: &str,
) -> Result<Option<Resource>, CommandError> {
    let query = vec![("name".to_owned(), id.to_owned())];
    let mut matches = context.api.list(&format!("/{}/", kind.path), &query).await?.items;
    if matches.len() > 1 {
        return Err(CommandError::Failed(format!(
            "More than one {} named \"{id}\" are found.",
            kind.display.to_lowercase()
        )));
    }
    match matches.pop() {
        Some(found) => Ok(Some(found)),
        None => Ok(context.api.find(kind.path, id, &Query::new()).await?),
    }
}

/// The attributes that the user asked for, or the usual ones.
pub(crate) fn attributes_or(requested: &[String], usual: &[&str]) -> Vec<String> {
    if requested.is_empty() { usual.iter().map(|name| (*name).to_owned()).collect() } else { requested.to_vec() }
}

/// A query parameter that restricts the answer to what is shown.
pub(crate) fn include_attributes(attributes: &[String]) -> Option<(String, String)> {
    let all = attributes.is_empty() || attributes.iter().any(|attribute| attribute == "all");
    (!all).then(|| ("include_attributes".to_owned(), attributes.join(",")))
}
