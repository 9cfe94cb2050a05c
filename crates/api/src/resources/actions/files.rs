//! Files of an action in its pack: those that come with a request, and copies of them.

use std::path::{Component, Path, PathBuf};

use http::StatusCode;
use serde_json::{Value, json};
use squall_model::Action;

use super::{changed, refuse_system_pack};
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list;
use crate::resources::packs::pack_directory;

pub(super) struct DataFile {
    path: String,
    content: String,
}

/// Takes the files out of a body that fits the schema.
pub(super) fn take(body: &mut Value) -> Vec<DataFile> {
    let Some(Value::Array(files)) = body.as_object_mut().and_then(|fields| fields.remove("data_files")) else {
        return Vec::new();
    };
    let text = |file: &Value, name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    files.iter().map(|file| DataFile { path: text(file, "file_path"), content: text(file, "content") }).collect()
}

/// Refuses an action of a pack that does not exist.
pub(super) async fn check_pack(call: &Call, pack: &str) -> Result<(), ApiError> {
    if pack == "default" || call.store().packs.find(pack).await?.is_some() {
        return Ok(());
    }
    let searched: Vec<String> =
        call.context().settings.packs_dirs.iter().map(|path| path.display().to_string()).collect();
    Err(ApiError::Invalid(format!(
        "Content pack \"{pack}\" is not found or doesn't contain actions directory. Searched in: {}",
        searched.join(":")
    )))
}

/// Writes the files below `actions/` of the pack.
pub(super) async fn write(call: &Call, action: &Action, files: &[DataFile]) -> Result<(), ApiError> {
    if files.is_empty() {
        return Ok(());
    }
    let actions = actions_directory(call, &action.pack).await?;
    let targets: Vec<PathBuf> = files.iter().map(|file| target(&actions, &file.path)).collect::<Result<_, _>>()?;
    for (target, file) in targets.iter().zip(files) {
        if let Some(parent) = target.parent() {
            tokio::fs::create_dir_all(parent).await.map_err(|error| no_write(target, &error))?;
        }
        tokio::fs::write(target, &file.content).await.map_err(|error| no_write(target, &error))?;
    }
    Ok(())
}

async fn actions_directory(call: &Call, pack: &str) -> Result<PathBuf, ApiError> {
    let directory = pack_directory(call, pack).await?;
    let directory = directory.ok_or_else(|| ApiError::Invalid(format!("Pack \"{pack}\" has no directory")))?;
    Ok(directory.join("actions"))
}

/// Returns where a file goes; it stays below the directory of actions.
fn target(actions: &Path, path: &str) -> Result<PathBuf, ApiError> {
    let inner = path.strip_prefix("actions/").unwrap_or(path);
    let stays_inside = Path::new(inner).components().all(|part| matches!(part, Component::Normal(_)));
    if inner.is_empty() || !stays_inside {
        return Err(ApiError::Invalid(format!(
            "Invalid file path: \"actions/{path}\". File path needs to be relative to the pack actions directory ({}/). \
             For example \"my_action.py\".",
            actions.display()
        )));
    }
    Ok(actions.join(inner))
}

fn no_write(path: &Path, error: &std::io::Error) -> ApiError {
    ApiError::Invalid(format!("The file \"{}\" could not be written: {error}", path.display()))
}

/// Removes the files of an action that is gone; what is not there needs no removal.
pub(super) async fn remove(call: &Call, action: &Action) -> Result<(), ApiError> {
    let Some(pack) = pack_directory(call, &action.pack).await? else { return Ok(()) };
    let entry_point = Some(&action.entry_point).filter(|path| !path.is_empty());
    let paths = [entry_point.map(|path| pack.join("actions").join(path)), metadata_path(&pack, action)];
    for path in paths.into_iter().flatten().filter(|path| is_inside(&pack, path)) {
        match tokio::fs::remove_file(&path).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(no_write(&path, &error)),
            _ => {}
        }
    }
    Ok(())
}

fn metadata_path(pack: &Path, action: &Action) -> Option<PathBuf> {
    Some(&action.metadata_file).filter(|path| !path.is_empty()).map(|path| pack.join(path))
}

/// Tells whether a path stays below a directory without following `..`.
fn is_inside(directory: &Path, path: &Path) -> bool {
    path.strip_prefix(directory).is_ok_and(|inner| inner.components().all(|part| matches!(part, Component::Normal(_))))
}

/// Answers `POST /actions/{ref_or_id}/clone`: a copy under another name or in another pack.
pub(super) async fn clone(call: Call) -> Outcome {
    let schema = json!({
        "type": "object",
        "required": ["dest_pack", "dest_action"],
        "additionalProperties": false,
        "properties": {
            "dest_pack": {"type": "string"}, "dest_action": {"type": "string"}, "overwrite": {"type": "boolean"},
        },
    });
    let source = list::by_ref_or_id(call.store().actions.as_ref(), call.param("ref_or_id")).await?.value;
    let body = call.checked_body(&schema)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (pack, name) = (text("dest_pack"), text("dest_action"));
    refuse_system_pack(pack)?;
    if call.store().packs.find(pack).await?.is_none() {
        return Err(ApiError::Invalid(format!("Destination pack '{pack}' doesn't exist")));
    }
    let copy = Action {
        pack: pack.to_owned(),
        name: name.to_owned(),
        metadata_file: format!("actions/{name}.yaml"),
        entry_point: copied_entry_point(&source, name),
        id: call.context().new_id(),
        ..source.clone()
    }
    .with_references();
    let copy = store_copy(&call, copy, body.get("overwrite") == Some(&Value::Bool(true))).await?;
    copy_entry_point(&call, &source, &copy).await?;
    changed(&call, copy.id).await;
    call::json(StatusCode::CREATED, &copy)
}

async fn store_copy(call: &Call, copy: Action, overwrite: bool) -> Result<Action, ApiError> {
    let store = call.store().actions.as_ref();
    match store.find(&copy.reference).await? {
        None => {
            store.insert(copy.clone()).await?;
            Ok(copy)
        }
        Some(existing) if overwrite => {
            let copy = Action { id: existing.value.id, ..copy };
            list::replace(store, copy.clone(), existing.revision).await?;
            Ok(copy)
        }
        Some(_) => Err(ApiError::invalid("The requested destination action already exists")),
    }
}

/// The copy is named after the new action, beside the original.
fn copied_entry_point(source: &Action, name: &str) -> String {
    let path = Path::new(&source.entry_point);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) => path.with_file_name(format!("{name}.{extension}")).display().to_string(),
        None => source.entry_point.clone(),
    }
}

async fn copy_entry_point(call: &Call, source: &Action, copy: &Action) -> Result<(), ApiError> {
    if source.entry_point.is_empty() {
        return Ok(());
    }
    let from = target(&actions_directory(call, &source.pack).await?, &source.entry_point)?;
    let to = target(&actions_directory(call, &copy.pack).await?, &copy.entry_point)?;
    if let Some(parent) = to.parent() {
        tokio::fs::create_dir_all(parent).await.map_err(|error| no_write(&to, &error))?;
    }
    tokio::fs::copy(&from, &to).await.map(|_| ()).map_err(|error| no_write(&to, &error))
}
