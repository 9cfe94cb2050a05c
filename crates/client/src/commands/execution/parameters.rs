//! The parameters of an action from the words of the command line.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::commands::{CommandError, Context};
use crate::io::Io;
use crate::parameters::{self, ParameterError, ParameterSchemas};
use crate::resource::Resource;

/// Variables that describe this shell and mean nothing elsewhere.
const NEVER_INHERITED: [&str; 17] = [
    "pwd",
    "mail",
    "username",
    "user",
    "path",
    "home",
    "ps1",
    "shell",
    "pythonpath",
    "ssh_tty",
    "ssh_connection",
    "lang",
    "ls_colors",
    "logname",
    "oldpwd",
    "term",
    "xdg_session_id",
];

/// What the user typed for an action.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    pub(crate) words: Vec<String>,
    pub(crate) inherit_env: bool,
    pub(crate) auto_dict: bool,
}

/// The runner of an action.
pub(super) async fn find_runner(context: &Context<'_>, action: &Resource) -> Result<Resource, CommandError> {
    let name = action.text("runner_type");
    let query = vec![("name".to_owned(), name.to_owned())];
    let runner = context.api.list("/runnertypes/", &query).await?.items.pop();
    runner.ok_or_else(|| {
        CommandError::Failed(format!("Runner type \"{name}\" for action \"{}\" cannot be found.", action.text("name")))
    })
}

/// The parameters to send.
pub(super) fn build(
    context: &Context<'_>,
    action: &Resource,
    runner: &Resource,
    words: &Words,
) -> Result<Map<String, Value>, CommandError> {
    let schemas =
        ParameterSchemas { runner: object_at(runner, "runner_parameters"), action: object_at(action, "parameters") };
    let reference = action_reference(action);
    let read = |path: &str| read_file(context.io, path);
    let parsed = parameters::parse(&words.words, &reference, &schemas, words.auto_dict, read)?;
    let mut parameters = Map::new();
    if words.inherit_env {
        parameters.insert("env".to_owned(), inherited_environment(&context.io.environment));
    }
    parameters.extend(parsed);
    Ok(parameters)
}

pub(super) fn action_reference(action: &Resource) -> String {
    format!("{}.{}", action.text("pack"), action.text("name"))
}

pub(super) fn object_at(resource: &Resource, name: &str) -> Map<String, Value> {
    resource.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn read_file(io: &Io, path: &str) -> Result<String, ParameterError> {
    let resolved = io.resolve_path(path);
    if !resolved.is_file() {
        return Err(ParameterError::MissingFile { path: resolved.display().to_string() });
    }
    std::fs::read_to_string(&resolved).map_err(|error| ParameterError::UnreadableFile {
        path: resolved.display().to_string(),
        message: error.to_string(),
    })
}

fn inherited_environment(environment: &BTreeMap<String, String>) -> Value {
    let is_inherited = |name: &str| {
        let lower = name.to_lowercase();
        !(NEVER_INHERITED.contains(&lower.as_str()) && (name == lower || name == name.to_uppercase()))
    };
    let inherited = environment.iter().filter(|(name, _)| is_inherited(name));
    Value::Object(inherited.map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect())
}
