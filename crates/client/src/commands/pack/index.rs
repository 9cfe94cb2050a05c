//! `pack show`, `pack search` and `pack register`

use serde_json::{Map, Value, json};

use crate::commands::context::NO_MATCHES;
use crate::commands::resource::{refused, show_changed};
use crate::commands::{Context, Outcome};
use crate::exit::ExitCode;
use crate::output::multi_column_table::Columns;
use crate::output::transform;
use crate::resource::Resource;

const SEARCH: &str = "/packs/index/search";

pub(crate) async fn show(context: &mut Context<'_>, pack: &str) -> Outcome {
    let found = context.api.post(SEARCH, json!({ "pack": pack })).await.map_err(|error| refused(error.into()))?;
    show_found(context, found)
}

pub(crate) async fn search(context: &mut Context<'_>, query: &str, attributes: &[String], widths: &[usize]) -> Outcome {
    let found = context.api.post(SEARCH, json!({ "query": query })).await?;
    let packs: Vec<Resource> = match found {
        Value::Array(packs) => packs.into_iter().map(Resource::from_value).collect(),
        _ => Vec::new(),
    };
    context.show_matches(&packs, Columns { attributes, widths, transforms: transform::NONE })?;
    Ok(ExitCode::SUCCESS)
}

/// Lets the server read the files of packs again.
pub(crate) async fn register(context: &mut Context<'_>, packs: Vec<String>, types: Vec<String>) -> Outcome {
    let mut body = Map::new();
    if !types.is_empty() {
        body.insert("types".to_owned(), types.into());
    }
    if !packs.is_empty() {
        body.insert("packs".to_owned(), packs.into());
    }
    let counts =
        context.api.post("/packs/register", Value::Object(body)).await.map_err(|error| refused(error.into()))?;
    show_found(context, counts)
}

fn show_found(context: &mut Context<'_>, found: Value) -> Outcome {
    match found {
        Value::Object(_) => show_changed(context, &Resource::from_value(found)),
        _ => {
            context.print(NO_MATCHES)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
