//! `key set`, `load` and `delete_by_prefix` (`commands/keyvalue.py` of the original).

use serde_json::{Map, Value};

use crate::api::Query;
use crate::commands::resource::attributes_or;
use crate::commands::{CommandError, Context, Outcome, meta_file};
use crate::exit::ExitCode;
use crate::kinds::KEY;
use crate::output::multi_column_table::Columns;
use crate::output::property_table::Properties;
use crate::output::{Transform, Transforms, json, python, transform};
use crate::resource::Resource;

/// How a list of keys shows when they expire.
pub(crate) const TRANSFORMS: Transforms = &[("expire_timestamp", Transform::Date)];

const SET_ATTRIBUTES: &[&str] = &["name", "value", "scope", "expire_timestamp"];
const LOAD_ATTRIBUTES: &[&str] = &["name", "value", "secret", "scope", "user", "ttl"];

/// How the value of a key is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    Plain,
    /// The server encrypts it.
    Encrypt,
    /// It is encrypted already.
    Encrypted,
}

#[derive(Debug, Clone)]
pub(crate) struct SetKey {
    pub(crate) name: String,
    /// Asked for when it is missing.
    pub(crate) value: Option<String>,
    pub(crate) protection: Protection,
    pub(crate) ttl: Option<u64>,
    pub(crate) scope: String,
    pub(crate) user: Option<String>,
}

pub(crate) async fn set(context: &mut Context<'_>, request: SetKey) -> Outcome {
    let value = match request.value.filter(|value| !value.is_empty()) {
        Some(value) => value,
        None => {
            context.write("Please insert value for key: ")?;
            context.read_line()?
        }
    };
    let mut body = Resource::default();
    body.set("id", request.name.as_str());
    body.set("name", request.name.as_str());
    body.set("scope", request.scope);
    body.set("user", request.user);
    body.set("value", value);
    match request.protection {
        Protection::Plain => {}
        Protection::Encrypt => body.set("secret", true),
        Protection::Encrypted => body.set("encrypted", true),
    }
    if let Some(ttl) = request.ttl {
        body.set("ttl", ttl);
    }
    let key = context.api.update(KEY.path, &request.name, body.into_value()).await?;
    let attributes = attributes_or(&[], SET_ATTRIBUTES);
    let properties = Properties { attributes: &attributes, order: KEY.order, transforms: transform::NONE };
    context.show(&key, properties)?;
    Ok(ExitCode::SUCCESS)
}

/// Sets every key of a file.
pub(crate) async fn load(context: &mut Context<'_>, file: &str, convert: bool) -> Outcome {
    let items = match meta_file::load(context.io, file)? {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        item => vec![item],
    };
    let mut loaded = Vec::new();
    for item in &items {
        let body = body_of(item, convert)?;
        let name = body.text("name").to_owned();
        context.api.update(KEY.path, &name, body.clone().into_value()).await?;
        loaded.push(body);
    }
    let attributes = attributes_or(&[], LOAD_ATTRIBUTES);
    context.show_matches(&loaded, Columns { attributes: &attributes, widths: &[], transforms: transform::NONE })?;
    Ok(ExitCode::SUCCESS)
}

fn body_of(item: &Value, convert: bool) -> Result<Resource, CommandError> {
    let empty = Map::new();
    let item = item.as_object().unwrap_or(&empty);
    let required = |name: &str| {
        item.get(name).cloned().ok_or_else(|| CommandError::Failed(format!("an item of the file has no `{name}`")))
    };
    let name = python::text(&required("name")?);
    let value = match required("value")? {
        Value::String(text) => text,
        other if convert => json::on_one_line(&other),
        _ => {
            return Err(CommandError::Failed(format!(
                "Item '{name}' has a value that is not a string. Either pass in the -c/--convert option to convert \
                 non-string types to JSON strings automatically, or convert the data to a string in the file"
            )));
        }
    };
    let mut body = Resource::default();
    body.set("name", name);
    body.set("value", value);
    body.set("scope", item.get("scope").cloned().unwrap_or_else(|| "system".into()));
    for optional in ["user", "encrypted", "secret", "ttl"] {
        if let Some(value) = item.get(optional) {
            body.set(optional, value.clone());
            if !body.has(optional) {
                body.remove(optional);
            }
        }
    }
    Ok(body)
}

pub(crate) async fn delete_by_prefix(context: &mut Context<'_>, prefix: &str) -> Outcome {
    let query = vec![("prefix".to_owned(), prefix.to_owned())];
    let keys = context.api.list("/keys", &query).await?.items;
    let mut names = Vec::new();
    for key in &keys {
        let name = key.text("name");
        context.api.delete(KEY.path, name, &Query::new(), None).await?;
        names.push(name);
    }
    context.print(&format!("Deleted {} keys", names.len()))?;
    context.print(&format!("Deleted key ids: {}", names.join(", ")))?;
    Ok(ExitCode::SUCCESS)
}
