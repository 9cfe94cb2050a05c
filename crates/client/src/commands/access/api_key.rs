//! `apikey list`, `create` and `load`.

use serde_json::{Map, Value, json};

use crate::api::Query;
use crate::commands::resource::{attributes_or, refused, show_changed};
use crate::commands::{CommandError, Context, Outcome, meta_file};
use crate::exit::ExitCode;
use crate::kinds::API_KEY;
use crate::output::multi_column_table::Columns;
use crate::output::transform;
use crate::resource::Resource;

#[derive(Debug, Clone)]
pub(crate) struct ListApiKeys {
    pub(crate) query: Query,
    pub(crate) attributes: Vec<String>,
    pub(crate) widths: Vec<usize>,
}

pub(crate) async fn list(context: &mut Context<'_>, request: ListApiKeys) -> Outcome {
    let keys = context.api.list("/apikeys", &request.query).await?.items;
    let columns = Columns { attributes: &request.attributes, widths: &request.widths, transforms: transform::NONE };
    context.show_matches(&keys, columns)?;
    Ok(ExitCode::SUCCESS)
}

/// Creates a key and shows it, whole or bare.
pub(crate) async fn create(
    context: &mut Context<'_>,
    user: Option<String>,
    metadata: Option<String>,
    only_key: bool,
) -> Outcome {
    let mut body = Map::new();
    if let Some(user) = user {
        body.insert("user".to_owned(), user.into());
    }
    if let Some(metadata) = metadata {
        let metadata = serde_json::from_str::<Value>(&metadata)
            .map_err(|error| CommandError::Refused(format!("argument -m/--metadata: invalid JSON: {error}")))?;
        body.insert("metadata".to_owned(), metadata);
    }
    let created = context.api.create(API_KEY.path, Value::Object(body)).await.map_err(|error| refused(error.into()))?;
    if only_key {
        context.print(created.text("key"))?;
        return Ok(ExitCode::SUCCESS);
    }
    show_changed(context, &created)
}

/// Puts the keys of a file into the server, whether they are new or not.
pub(crate) async fn load(context: &mut Context<'_>, file: &str, widths: &[usize]) -> Outcome {
    let keys = match meta_file::load(context.io, file)? {
        Value::Array(keys) => keys,
        Value::Null => Vec::new(),
        key => vec![key],
    };
    if keys.is_empty() {
        context.print(&format!("No api key found in {file}."))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut loaded = Vec::new();
    for key in &keys {
        loaded.push(load_one(context, key).await?);
    }
    let attributes = attributes_or(&[], API_KEY.list_attributes);
    context.show_matches(&loaded, Columns { attributes: &attributes, widths, transforms: transform::NONE })?;
    Ok(ExitCode::SUCCESS)
}

async fn load_one(context: &Context<'_>, key: &Value) -> Result<Resource, CommandError> {
    let required = |name: &str| {
        key.get(name).cloned().ok_or_else(|| CommandError::Failed(format!("an API key of the file has no `{name}`")))
    };
    let mut body = json!({
        "user": required("user")?,
        "key_hash": required("key_hash")?,
        "metadata": key.get("metadata").cloned().unwrap_or_else(|| json!({})),
        "enabled": key.get("enabled").and_then(Value::as_bool).unwrap_or(false),
    });
    let Some(id) = key.get("id").and_then(Value::as_str) else {
        return Ok(context.api.create(API_KEY.path, body).await?);
    };
    body["id"] = id.into();
    match context.api.update(API_KEY.path, id, body.clone()).await {
        Err(error) if error.status() == Some(404) => Ok(context.api.create(API_KEY.path, body).await?),
        answer => Ok(answer?),
    }
}
