//! What a runner is told: files, parameters, configuration, environment.

use std::collections::BTreeMap;
use std::time::Duration;

use squall_model::Execution;
use squall_runners::RunRequest;
use squall_service::rendering::{self, ConfigError, Scope};
use squall_service::{Context, TokenSubject, pack_directory};
use squall_store::Error as StoreError;

/// Why an execution can't even be begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareError {
    #[error("{0}")]
    Parameters(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ConfigError> for PrepareError {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Invalid(reason) => Self::Parameters(reason),
            ConfigError::Store(error) => Self::Store(error),
        }
    }
}

/// Renders the parameters for the last time and gathers the rest.
pub(crate) async fn prepare(context: &Context, execution: &Execution) -> Result<RunRequest, PrepareError> {
    let snapshot = &execution.snapshot;
    let action = &snapshot.action;
    let config = rendering::pack_config(context, &action.pack, execution.user().unwrap_or_default()).await?;
    let scope = Scope {
        user: execution.user().unwrap_or_default().to_owned(),
        action_context: execution.context.clone(),
        config_context: config.clone(),
        ..Scope::default()
    };
    let (runner_parameters, action_parameters) =
        rendering::final_parameters(context, snapshot, &execution.parameters, &scope)
            .await
            .map_err(PrepareError::Parameters)?;
    let pack_path = pack_directory(context, &action.pack).await?;
    let entry_point = pack_path
        .as_ref()
        .filter(|_| !action.entry_point.is_empty())
        .map(|path| path.join("actions").join(&action.entry_point));
    Ok(RunRequest {
        execution_id: execution.id.to_string(),
        action_ref: action.reference.clone(),
        action_name: action.name.clone(),
        pack: action.pack.clone(),
        user: execution.user().unwrap_or_default().to_owned(),
        pack_path,
        entry_point,
        runner_parameters,
        action_parameters,
        action_parameter_schemas: action.parameters.clone(),
        config: serde_json::Value::Object(config),
        environment: environment(context, execution),
        ..RunRequest::default()
    })
}

/// Returns what packs expect in the environment of an action.
fn environment(context: &Context, execution: &Execution) -> BTreeMap<String, String> {
    let settings = &context.settings;
    let token = context.service_tokens.mint(&TokenSubject {
        user: execution.user().unwrap_or(&settings.system_user).to_owned(),
        execution: Some(execution.id),
        expiry: context.now().after(Duration::from_secs(settings.service_token_ttl_seconds)),
    });
    BTreeMap::from([
        ("ST2_ACTION_PACK_NAME".to_owned(), execution.snapshot.action.pack.clone()),
        ("ST2_ACTION_EXECUTION_ID".to_owned(), execution.id.to_string()),
        ("ST2_ACTION_API_URL".to_owned(), settings.api_url.clone()),
        ("ST2_ACTION_AUTH_TOKEN".to_owned(), token.expose().to_owned()),
        ("ST2_ACTION_DEBUG".to_owned(), "False".to_owned()),
        ("ST2_API_URL".to_owned(), settings.api_url.clone()),
        ("ST2_AUTH_TOKEN".to_owned(), token.expose().to_owned()),
        ("TRACEPARENT".to_owned(), squall_telemetry::of_execution(execution).traceparent().to_string()),
    ])
}
