//! `/configs` and `/config_schemas`. Counterparts: st2api/controllers/v1/pack_configs.py, pack_config_schemas.py.

use std::path::Path;

use serde_json::{Map, Value, json};
use squall_bus::Message;
use squall_model::{Config, Id};
use squall_parameters::mask_value;
use squall_parameters::schema::{allow_null_defaults, validate, with_defaults};
use squall_service::publish_quietly;
use squall_store::Page;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list::{self, FilterSpec, Kind, ListSpec};
use crate::masking;
use crate::routes::{Route, get, put};

use super::packs;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/configs", list_all),
        get("/configs/{pack_ref}", get_one),
        put("/configs/{pack_ref}", update),
        get("/config_schemas", list_schemas),
        get("/config_schemas/{pack_ref}", get_schema),
    ]
}

const SPEC: ListSpec = ListSpec {
    default_limit: Some(100),
    filters: &[FilterSpec("id", "id", Kind::Ids), FilterSpec("pack", "pack", Kind::Text)],
    sortable: true,
    order: &["pack"],
    attributes: &["id", "pack", "values", "attributes"],
    excludable: &["values", "attributes"],
    always: &["id"],
};

async fn list_all(call: Call) -> Outcome {
    let asked = SPEC.read(&call.query)?;
    let masked = call.masks_secrets()?;
    let page = call.store().configs.list(&asked.query).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for config in page.items {
        items.push(asked.choice.apply(list::shown(&shown(&call, config, masked).await?)?));
    }
    list::answer_page(Page { items, total: page.total }, asked.limit)
}

async fn get_one(call: Call) -> Outcome {
    let masked = call.masks_secrets()?;
    let pack = call.param("pack_ref");
    let found = call.store().configs.find(pack).await?.ok_or_else(|| no_pack(pack))?;
    call::ok(&shown(&call, found.value, masked).await?)
}

fn no_pack(pack: &str) -> ApiError {
    ApiError::NotFound(format!("Unable to identify resource with pack_ref \"{pack}\"."))
}

/// Returns the config with what its schema calls secret masked.
async fn shown(call: &Call, config: Config, masked: bool) -> Result<Config, ApiError> {
    let schema = schema(call, &config.pack).await?;
    if !masked || schema.is_empty() {
        return Ok(config);
    }
    Ok(Config { values: masking::by_schemas(&schema, &config.values), ..config })
}

async fn schema(call: &Call, pack: &str) -> Result<Map<String, Value>, ApiError> {
    let found = call.store().config_schemas.find(pack).await?;
    Ok(found.map(|found| found.value.attributes).unwrap_or_default())
}

/// Stores the config of a pack, in its file first: the file is what operators see.
async fn update(call: Call) -> Outcome {
    let masked = call.masks_secrets()?;
    let Value::Object(values) = call.any_body()? else {
        return Err(ApiError::invalid("Input body needs to be an object"));
    };
    let pack = call.param("pack_ref").to_owned();
    if call.store().packs.find(&pack).await?.is_none() {
        return Err(no_pack(&pack));
    }
    let file = call.context().settings.configs_dir.join(format!("{pack}.yaml"));
    check(&pack, &file, &schema(&call, &pack).await?, &values)?;
    write_file(&call, &pack, &values).await?;
    let config = Config { id: Id::derived(&["config", &pack]), pack, values };
    let config = match call.store().configs.find(&config.pack).await? {
        Some(found) => Config { id: found.value.id, ..config },
        None => config,
    };
    call.store().configs.put(config.clone()).await?;
    publish_quietly(call.context(), Message::Catalogue { kind: "config", id: config.id }).await;
    call::ok(&shown(&call, config, masked).await?)
}

/// Checks the values against the schema; templates stand for values of any type.
fn check(pack: &str, file: &Path, schema: &Map<String, Value>, values: &Map<String, Value>) -> Result<(), ApiError> {
    let mut schema = schema.clone();
    let is_template = |name: &str| values.get(name).and_then(Value::as_str).is_some_and(|text| text.contains("{{"));
    for (_, attribute) in schema.iter_mut().filter(|(name, _)| is_template(name)) {
        if let Some(attribute) = attribute.as_object_mut() {
            attribute.remove("type");
        }
    }
    let whole = json!({"type": "object", "properties": schema});
    let complete = with_defaults(&json!(values), &whole);
    let Some(violation) = validate(&allow_null_defaults(&whole), &complete).into_iter().next() else { return Ok(()) };
    let place = violation.place();
    let is_secret = mask_value(&whole, &complete) != complete;
    let reason = if is_secret { "the value does not fit the schema".to_owned() } else { violation.explanation() };
    Err(ApiError::Invalid(format!(
        "Failed validating attribute \"{place}\" in config for pack \"{pack}\" ({}): {reason}",
        file.display()
    )))
}

async fn write_file(call: &Call, pack: &str, values: &Map<String, Value>) -> Result<(), ApiError> {
    let directory = &call.context().settings.configs_dir;
    let path = directory.join(format!("{pack}.yaml"));
    // JSON is YAML; a person who wrote the file by hand finds every value again.
    let text = serde_json::to_string_pretty(values).map_err(|error| ApiError::Internal(error.to_string()))?;
    let written = async {
        tokio::fs::create_dir_all(directory).await?;
        tokio::fs::write(&path, format!("---\n{text}\n")).await
    };
    let refused =
        |error| ApiError::Unavailable(format!("The file \"{}\" could not be written: {error}", path.display()));
    written.await.map_err(refused)
}

async fn list_schemas(call: Call) -> Outcome {
    list::answer(&call, call.store().config_schemas.as_ref(), &SPEC).await
}

async fn get_schema(call: Call) -> Outcome {
    let pack = call.param("pack_ref");
    if let Some(found) = call.store().config_schemas.find(pack).await? {
        return call::ok(&found.value);
    }
    // A pack without a schema is no mistake of the caller's, and has another text than a pack that is not there.
    packs::find_named(&call, pack).await?;
    Err(no_pack(pack))
}
