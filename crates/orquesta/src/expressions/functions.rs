//! The functions an expression may call besides those of its language (upstream `orquesta/expressions/functions`).

use serde_json::{Map, Value};

use super::python::text;
use crate::context::Variables;
use crate::host::{HostError, Question};
use crate::status::Status;

/// The functions that are about the workflow; the others come from [`squall_jinja::filters`].
pub(super) const NAMES: [&str; 9] =
    ["ctx", "item", "result", "succeeded", "failed", "completed", "task_status", "task", "st2kv"];

/// What the functions know.
pub(super) trait Facts {
    fn variables(&self) -> &Variables;
    /// Id and route of the task that the expression belongs to.
    fn current_task(&self) -> Option<(&str, usize)>;
    fn result(&self) -> Option<&Value>;
    fn item(&self) -> Option<&Value>;
    fn status(&self, task_id: &str, route: usize) -> Result<Status, HostError>;
    fn ask(&self, question: Question) -> Result<Value, HostError>;
}

fn evaluation_error(message: impl Into<String>) -> HostError {
    HostError::new("ExpressionEvaluationException", message)
}

fn current_task(facts: &dyn Facts) -> Result<(&str, usize), HostError> {
    facts.current_task().ok_or_else(|| evaluation_error("The current task is not set in the context."))
}

/// One variable of the context.
pub(super) fn variable<'a>(variables: &'a Variables, name: &str) -> Result<&'a Value, HostError> {
    match variables.get(name) {
        None => Err(HostError::new("VariableUndefinedError", format!("The variable \"{name}\" is undefined."))),
        Some(_) if name.starts_with("__") => {
            let message = format!("The variable \"{name}\" is for internal use and inaccessible.");
            Err(HostError::new("VariableInaccessibleError", message))
        }
        Some(value) => Ok(value),
    }
}

/// One part of the current item.
pub(super) fn item_part<'a>(item: &'a Value, key: &str) -> Result<&'a Value, HostError> {
    let Value::Object(map) = item else {
        return Err(evaluation_error("Item is not type of collections.abc.Mapping."));
    };
    map.get(key).ok_or_else(|| evaluation_error(format!("Item does not have key \"{key}\".")))
}

/// The result of the current task; null while it runs.
pub(super) fn result(facts: &dyn Facts) -> Result<Option<&Value>, HostError> {
    current_task(facts)?;
    Ok(facts.result())
}

/// Calls a function; `None` when there is none of the name.
pub(super) fn call(
    facts: &dyn Facts,
    name: &str,
    arguments: &[Value],
    keywords: &Map<String, Value>,
) -> Option<Result<Value, HostError>> {
    let given = Arguments { arguments, keywords };
    Some(match name {
        "ctx" => context(facts, &given),
        "item" => item(facts, &given),
        "result" => result(facts).map(|result| result.cloned().unwrap_or_default()),
        "succeeded" => current_status(facts).map(|status| Value::from(status == Status::Succeeded)),
        "failed" => current_status(facts).map(|status| Value::from(status == Status::Failed)),
        "completed" => current_status(facts).map(|status| Value::from(status.is_completed())),
        "task_status" => task_status(facts, &given),
        "task" => task(facts, &given),
        "st2kv" => key_value(facts, &given),
        _ => return None,
    })
}

struct Arguments<'a> {
    arguments: &'a [Value],
    keywords: &'a Map<String, Value>,
}

impl<'a> Arguments<'a> {
    /// An argument by position or by any of its names; null counts as not given.
    fn get(&self, position: usize, names: &[&str]) -> Option<&'a Value> {
        let by_name = || names.iter().find_map(|name| self.keywords.get(*name));
        self.arguments.get(position).or_else(by_name).filter(|value| !value.is_null())
    }
}

fn context(facts: &dyn Facts, given: &Arguments<'_>) -> Result<Value, HostError> {
    match given.get(0, &["key"]).filter(|key| super::is_truthy(key)) {
        Some(key) => variable(facts.variables(), &text(key)).cloned(),
        None => {
            let public = facts.variables().iter().filter(|(name, _)| !name.starts_with("__"));
            Ok(Value::Object(public.map(|(name, value)| (name.to_owned(), value.clone())).collect()))
        }
    }
}

fn item(facts: &dyn Facts, given: &Arguments<'_>) -> Result<Value, HostError> {
    let item = facts.item().unwrap_or(&Value::Null);
    match given.get(0, &["key"]).filter(|key| super::is_truthy(key)) {
        Some(key) => item_part(item, &text(key)).cloned(),
        None => Ok(item.clone()),
    }
}

fn current_status(facts: &dyn Facts) -> Result<Status, HostError> {
    let (task_id, route) = current_task(facts)?;
    facts.status(task_id, route)
}

fn task_status(facts: &dyn Facts, given: &Arguments<'_>) -> Result<Value, HostError> {
    let task_id = given.get(0, &["task_id", "taskId"]).map(text).unwrap_or_default();
    let route = route_of(facts, given);
    facts.status(&task_id, route).map(|status| Value::from(status.as_str()))
}

fn route_of(facts: &dyn Facts, given: &Arguments<'_>) -> usize {
    let route = given.get(1, &["route"]).and_then(Value::as_u64).and_then(|route| usize::try_from(route).ok());
    route.or_else(|| facts.current_task().map(|(_, route)| route)).unwrap_or(0)
}

fn task(facts: &dyn Facts, given: &Arguments<'_>) -> Result<Value, HostError> {
    let task_id = match given.get(0, &["task_id", "taskId"]) {
        Some(task_id) => text(task_id),
        None => current_task(facts)?.0.to_owned(),
    };
    let route = route_of(facts, given);
    facts.ask(Question::Task { task_id, route })
}

fn key_value(facts: &dyn Facts, given: &Arguments<'_>) -> Result<Value, HostError> {
    let Some(Value::String(key)) = given.get(0, &["key"]) else {
        return Err(HostError::new("TypeError", "Given key is not typeof string."));
    };
    let decrypt = match given.get(1, &["decrypt"]) {
        None => false,
        Some(Value::Bool(decrypt)) => *decrypt,
        Some(_) => return Err(HostError::new("TypeError", "Decrypt parameter is not typeof bool.")),
    };
    let default = given.arguments.get(2).or_else(|| given.keywords.get("default"));
    match (facts.ask(Question::KeyValue { key: key.clone(), decrypt }), default) {
        (Err(_), Some(default)) => Ok(default.clone()),
        (answer, _) => answer,
    }
}
