//! `inquiry respond`

use serde_json::{Map, Value, json};

use crate::api::Query;
use crate::commands::resource::find;
use crate::commands::{CommandError, Context, Outcome};
use crate::exit::ExitCode;
use crate::kinds::INQUIRY;
use crate::parameters::{self, ParameterSchemas};

/// Answers an inquiry, with the JSON given or by asking for every field of its schema.
pub(crate) async fn respond(context: &mut Context<'_>, id: &str, response: Option<&str>) -> Outcome {
    let inquiry = find(context, &INQUIRY, id, &Query::new()).await?;
    let response = match response {
        Some(text) => serde_json::from_str(text)
            .map_err(|error| CommandError::Failed(format!("the response is no JSON: {error}")))?,
        None => {
            let properties =
                inquiry.get("schema").and_then(|schema| schema.get("properties")).and_then(Value::as_object);
            Value::Object(ask(context, &properties.cloned().unwrap_or_default())?)
        }
    };
    let answered = context.api.update(INQUIRY.path, id, json!({ "id": id, "response": response })).await?;
    context.print(&format!("\nResponse accepted for inquiry {}.", answered.id()))?;
    Ok(ExitCode::SUCCESS)
}

fn ask(context: &mut Context<'_>, properties: &Map<String, Value>) -> Result<Map<String, Value>, CommandError> {
    let schemas = ParameterSchemas { runner: Map::new(), action: properties.clone() };
    let mut response = Map::new();
    for (name, schema) in properties {
        let description = schema.get("description").and_then(Value::as_str).unwrap_or(name);
        context.write(&format!("{description} ({name}): "))?;
        let text = context.read_line()?;
        if text.is_empty() {
            continue;
        }
        let words = [format!("{name}={text}")];
        let no_files = |path: &str| Err(parameters::ParameterError::MissingFile { path: path.to_owned() });
        response.extend(parameters::parse(&words, "", &schemas, false, no_files)?);
    }
    Ok(response)
}
