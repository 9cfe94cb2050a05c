//! `/actions`. Counterparts: st2api/controllers/v1/actions.py, action_views.py.

mod files;
mod schema;
mod views;

use serde_json::Value;
use squall_bus::Message;
use squall_model::{Action, Id, RunnerType};
use squall_service::publish_quietly;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::routes::{Route, delete, get, post, put};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/actions", list_all),
        post("/actions", create),
        get("/actions/{ref_or_id}", get_one),
        put("/actions/{ref_or_id}", update),
        delete("/actions/{ref_or_id}", remove),
        post("/actions/{ref_or_id}/clone", files::clone),
        get("/actions/views/parameters/{ref_or_id}", views::parameters),
        get("/actions/views/overview", views::overview_list),
        get("/actions/views/overview/{ref_or_id}", views::overview),
        get("/actions/views/entry_point/{ref_or_id}", views::entry_point),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: None,
    filters: &[
        FilterSpec("id", "id", Kind::Ids),
        FilterSpec("name", "name", Kind::Text),
        FilterSpec("pack", "pack", Kind::Text),
        FilterSpec("tags", "tags", Kind::Element("name")),
    ],
    sortable: false,
    order: &["pack", "name"],
    attributes: &[
        "id",
        "uid",
        "ref",
        "name",
        "description",
        "enabled",
        "runner_type",
        "entry_point",
        "pack",
        "parameters",
        "output_schema",
        "tags",
        "notify",
        "metadata_file",
    ],
    excludable: &["parameters", "notify"],
    always: &["id", "ref"],
};

async fn list_all(call: Call) -> Outcome {
    list::answer(&call, call.store().actions.as_ref(), &SPEC).await
}

async fn get_one(call: Call) -> Outcome {
    let found = list::by_ref_or_id(call.store().actions.as_ref(), call.param("ref_or_id")).await?;
    call::ok(&found.value)
}

async fn create(call: Call) -> Outcome {
    let mut body = call.checked_body(&schema::ACTION)?;
    let data_files = files::take(&mut body);
    let action = Action { id: call.context().new_id(), ..checked(&call, body).await? };
    files::check_pack(&call, &action.pack).await?;
    call.store().actions.insert(action.clone()).await?;
    files::write(&call, &action, &data_files).await?;
    changed(&call, action.id).await;
    call::created(&action)
}

async fn update(call: Call) -> Outcome {
    let mut body = call.checked_body(&schema::ACTION)?;
    let data_files = files::take(&mut body);
    let found = list::by_ref_or_id(call.store().actions.as_ref(), call.param("ref_or_id")).await?;
    refuse_system_pack(&found.value.pack)?;
    let action = Action { id: found.value.id, ..checked(&call, body).await? };
    list::replace(call.store().actions.as_ref(), action.clone(), found.revision).await?;
    files::write(&call, &action, &data_files).await?;
    changed(&call, action.id).await;
    call::ok(&action)
}

async fn remove(call: Call) -> Outcome {
    let options = call.checked_body(&schema::DELETE_OPTIONS)?;
    let found = list::by_ref_or_id(call.store().actions.as_ref(), call.param("ref_or_id")).await?;
    refuse_system_pack(&found.value.pack)?;
    call.store().actions.delete(&found.value.id).await?;
    if options.get("remove_files") == Some(&Value::Bool(true)) {
        files::remove(&call, &found.value).await?;
    }
    changed(&call, found.value.id).await;
    call::no_content()
}

/// Reads an action from a body and checks all that its schema alone does not say.
async fn checked(call: &Call, body: Value) -> Result<Action, ApiError> {
    let action: Action = super::read(body)?;
    let action = action.with_references();
    refuse_system_pack(&action.pack)?;
    let runner = runner(call, &action.runner_type).await?;
    schema::check_parameters(&action, &runner)?;
    let output_schema = schema::filled_output_schema(action.output_schema.clone());
    Ok(Action { runner_type: runner.name, output_schema, ..action })
}

async fn runner(call: &Call, name: &str) -> Result<RunnerType, ApiError> {
    let found = call.store().runner_types.find(name).await?;
    found.map(|found| found.value).ok_or_else(|| {
        ApiError::Invalid(format!(
            "RunnerType {name} is not found. If you are using old and deprecated runner name, you need to switch to a new one. \
             For more information, please see https://docs.stackstorm.com/upgrade_notes.html#st2-v0-9"
        ))
    })
}

/// What belongs to the platform's own pack is changed by an upgrade only.
pub(super) fn refuse_system_pack(pack: &str) -> Result<(), ApiError> {
    if pack == "core" {
        return Err(ApiError::invalid("Resources belonging to system level packs can't be manipulated"));
    }
    Ok(())
}

async fn changed(call: &Call, id: Id) {
    publish_quietly(call.context(), Message::Catalogue { kind: "action", id }).await;
}
