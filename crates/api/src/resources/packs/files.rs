//! `/packs/views`: the files of a pack. Counterpart: st2api/controllers/v1/pack_views.py.

use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use squall_model::{Pack, Timestamp};

use super::find;
use crate::auth::hex;
use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use md5::{Digest, Md5};

/// A longer file is not answered, and not listed with its text.
const MAXIMUM_BYTES: u64 = 500 * 1000;

fn directory(pack: &Pack) -> Result<PathBuf, ApiError> {
    let path = pack.path.as_ref().map(PathBuf::from);
    path.ok_or_else(|| ApiError::NotFound(format!("Pack \"{}\" has no directory", pack.reference)))
}

/// Answers with the text files that belong to the pack; binary and long ones are left out.
pub(super) async fn all(call: Call) -> Outcome {
    let pack = find(&call).await?;
    let directory = directory(&pack)?;
    let mut shown: Vec<Value> = Vec::new();
    for name in &pack.files {
        let Some(path) = inside(&directory, name) else { continue };
        let is_short =
            tokio::fs::metadata(&path).await.is_ok_and(|found| found.is_file() && found.len() <= MAXIMUM_BYTES);
        if !is_short {
            continue;
        }
        if let Ok(content) = tokio::fs::read_to_string(&path).await {
            shown.push(json!({"file_path": name, "content": content}));
        }
    }
    call::ok(&shown)
}

/// Returns where a file is if it stays below the directory.
fn inside(directory: &Path, name: &str) -> Option<PathBuf> {
    let stays = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    (stays && !name.is_empty()).then(|| directory.join(name))
}

pub(super) async fn one(call: Call) -> Outcome {
    let name = call.param("file_path").trim_end_matches('/');
    let pack = find(&call).await?;
    let directory = directory(&pack)?;
    if name.is_empty() {
        return Err(ApiError::no_path());
    }
    let path = inside(&directory, name).ok_or_else(|| {
        ApiError::Invalid(format!(
            "Invalid file path: \"{name}\". File path needs to be relative to the pack directory ({}). For example \"my_action.py\".",
            directory.display()
        ))
    })?;
    let missing = || ApiError::NotFound(format!("File \"{name}\" not found"));
    let metadata = tokio::fs::metadata(&path).await.map_err(|_| missing())?;
    if !metadata.is_file() || !stays_inside(&directory, &path).await {
        return Err(missing());
    }
    if metadata.len() > MAXIMUM_BYTES {
        return Err(ApiError::Invalid(format!(
            "File {name} exceeds maximum allowed file size ({MAXIMUM_BYTES} bytes)"
        )));
    }
    let content = tokio::fs::read(&path).await.map_err(|_| missing())?;
    let etag = hex(&Md5::digest(&content));
    let modified = metadata.modified().ok().and_then(http_date);
    let is_known = call.header("if-none-match").is_some_and(|known| known.trim_matches('"') == etag)
        || (modified.is_some() && call.header("if-modified-since") == modified.as_deref());
    Ok(file(name, content, &etag, modified.as_deref(), is_known))
}

/// A link inside a pack must not lead out of it.
async fn stays_inside(directory: &Path, path: &Path) -> bool {
    let (directory, path) = (tokio::fs::canonicalize(directory).await, tokio::fs::canonicalize(path).await);
    matches!((directory, path), (Ok(directory), Ok(path)) if path.starts_with(&directory))
}

fn http_date(moment: std::time::SystemTime) -> Option<String> {
    let elapsed = moment.duration_since(std::time::UNIX_EPOCH).ok()?;
    let moment = Timestamp::from_micros(i64::try_from(elapsed.as_micros()).ok()?);
    jiff::fmt::strtime::format("%a, %d %b %Y %H:%M:%S GMT", moment.to_jiff()).ok()
}

fn file(name: &str, content: Vec<u8>, etag: &str, modified: Option<&str>, is_known: bool) -> Response {
    let mut response = if is_known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        call::bytes(content_type(name), content)
    };
    let headers = [(header::ETAG, Some(etag)), (header::LAST_MODIFIED, modified)];
    for (name, value) in headers {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn content_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("md") => "text/markdown",
        Some("png") => "image/png",
        Some("sh") => "text/x-sh",
        Some("py") => "text/x-python",
        Some("txt") => "text/plain",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
