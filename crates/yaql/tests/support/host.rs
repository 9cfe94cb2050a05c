//! A stand-in for Orquesta: its functions that read the context.

use serde_json::{Value as Json, json};
use squall_yaql::{Dict, Functions, HostError, Value};

pub(crate) struct OrquestaFunctions {
    pub(crate) context: Json,
}

impl OrquestaFunctions {
    pub(crate) fn without_context() -> Self {
        Self { context: json!({}) }
    }
}

/// Functions of Orquesta that this stand-in does not have.
const ELSEWHERE: [&str; 38] = [
    "item",
    "result",
    "succeeded",
    "failed",
    "completed",
    "task_status",
    "json",
    "zip",
    "task",
    "st2kv",
    "basename",
    "dirname",
    "from_json_string",
    "json_parse",
    "to_json_string",
    "json_dump",
    "from_yaml_string",
    "yaml_parse",
    "to_yaml_string",
    "yaml_dump",
    "json_escape",
    "jsonpath_query",
    "regex_match",
    "regex_search",
    "regex_replace",
    "regex_substring",
    "to_human_time_from_seconds",
    "version_compare",
    "version_more_than",
    "version_less_than",
    "version_equal",
    "version_match",
    "version_bump_major",
    "version_bump_minor",
    "version_bump_patch",
    "version_strip_patch",
    "use_none",
    "decrypt_kv",
];

impl Functions for OrquestaFunctions {
    fn knows(&self, name: &str) -> bool {
        let has_context = self.context.as_object().is_some_and(|map| !map.is_empty()) || self.context.is_object();
        (has_context && name == "ctx") || ELSEWHERE.contains(&name)
    }

    fn call<'v>(
        &'v self,
        name: &str,
        arguments: &[Value<'v>],
        _keywords: &[(String, Value<'v>)],
    ) -> Result<Value<'v>, HostError> {
        if ELSEWHERE.contains(&name) {
            return Err(HostError::failed("NotHere", name));
        }
        let Some(context) = self.context.as_object() else { return Err(HostError::NoMatch) };
        match (name, arguments) {
            ("ctx", []) => Ok(Value::Dict(Dict::without_private(context))),
            ("ctx", [Value::String(key)]) if key.starts_with("__") => Err(HostError::failed(
                "VariableInaccessibleError",
                format!("The variable \"{}\" is for internal use and inaccessible.", &**key),
            )),
            ("ctx", [Value::String(key)]) => context.get(&**key).map(Value::from_json).ok_or_else(|| {
                HostError::failed("VariableUndefinedError", format!("The variable \"{}\" is undefined.", &**key))
            }),
            _ => Err(HostError::NoMatch),
        }
    }

    fn random(&self) -> Option<f64> {
        Some(0.5)
    }

    fn now_microseconds(&self) -> Option<i64> {
        Some(1_600_000_000_000_000)
    }
}
