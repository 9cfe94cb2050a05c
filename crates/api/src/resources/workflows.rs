//! `/workflows/inspect`. Counterpart: st2api/controllers/v1/workflow_inspection.py.

use serde_json::{Map, Value, json};
use squall_orquesta::{DefinitionError, Workflow};
use squall_service::inspection;

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::routes::{Route, post};
use crate::validation::python;

pub(super) fn routes() -> Vec<Route> {
    vec![post("/workflows/inspect", inspect)]
}

/// Tells all that is wrong with a workflow definition.
async fn inspect(call: Call) -> Outcome {
    let definition = match call.any_body()? {
        Value::String(text) if text.trim().is_empty() => {
            return Err(ApiError::invalid("The spec cannot be type of None."));
        }
        Value::String(text) => text,
        other => return Err(ApiError::Invalid(format!("{} is not of type 'string'", python(&other)))),
    };
    // What the platform itself puts into the context of a workflow.
    let given = Map::from_iter([("st2".to_owned(), json!({})), ("parent".to_owned(), json!({}))]);
    match Workflow::compile(&definition) {
        Ok(workflow) => call::ok(&inspection::inspect(call.context(), &workflow, &given).await?),
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &DefinitionError) -> ApiError {
    ApiError::Invalid(match error {
        DefinitionError::Empty => "The spec cannot be type of None.".to_owned(),
        DefinitionError::NotAMapping => "The spec is not type of json or yaml.".to_owned(),
        DefinitionError::Unreadable { .. } => error.to_string(),
    })
}
