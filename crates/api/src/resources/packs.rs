//! `/packs`. Counterpart: st2api/controllers/v1/packs.py.

mod files;
mod index;
mod install;
mod register;

use std::path::PathBuf;

use squall_model::Pack;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/packs", list_all),
        get("/packs/{ref_or_id}", get_one),
        get("/packs/index", index::all),
        get("/packs/index/health", index::health),
        post("/packs/index/search", index::search),
        post("/packs/install", install::install),
        post("/packs/uninstall", install::uninstall),
        post("/packs/register", register::register),
        get("/packs/views/files/{ref_or_id}", files::all),
        get("/packs/views/file/{ref_or_id}/{*file_path}", files::one),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("name", "name", Kind::Text),
        FilterSpec("ref", "ref", Kind::Text),
    ],
    sortable: true,
    order: &["ref"],
    attributes: &[
        "id",
        "ref",
        "uid",
        "name",
        "description",
        "keywords",
        "version",
        "stackstorm_version",
        "python_versions",
        "author",
        "email",
        "contributors",
        "files",
        "dependencies",
        "system",
        "path",
    ],
    excludable: &[
        "description",
        "keywords",
        "version",
        "stackstorm_version",
        "python_versions",
        "author",
        "email",
        "contributors",
        "files",
        "dependencies",
        "system",
        "path",
    ],
    always: &["id"],
};

async fn list_all(call: Call) -> Outcome {
    list::answer(&call, call.store().packs.as_ref(), &SPEC).await
}

async fn get_one(call: Call) -> Outcome {
    call::ok(&find(&call).await?)
}

async fn find(call: &Call) -> Result<Pack, ApiError> {
    let text = call.param("ref_or_id");
    // Not the name of a pack: paths begin with it.
    if text == "views" {
        return Err(ApiError::no_path());
    }
    find_named(call, text).await
}

pub(super) async fn find_named(call: &Call, text: &str) -> Result<Pack, ApiError> {
    let found = list::by_name_or_id(call.store().packs.as_ref(), text).await?;
    let missing = || ApiError::NotFound(format!("Resource with a ref or id \"{text}\" not found"));
    found.map(|found| found.value).ok_or_else(missing)
}

/// Returns where the files of a pack are.
pub(super) async fn pack_directory(call: &Call, pack: &str) -> Result<Option<PathBuf>, ApiError> {
    Ok(squall_service::pack_directory(call.context(), pack).await?)
}
