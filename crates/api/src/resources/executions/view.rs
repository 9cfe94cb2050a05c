//! How an execution is shown: written straight from the stored object, without a tree of values in between.
//!
//! As in the original, what is empty, zero or false is left out.

use serde::ser::{SerializeMap, Serializer};
use serde::{Serialize, ser};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use squall_model::{Execution, Id};

use crate::list::Choice;
use crate::masking;

pub(crate) struct ExecutionView<'a> {
    execution: &'a Execution,
    masked: bool,
    choice: &'a Choice,
    web_url_base: &'a str,
    pub(crate) children: Vec<Id>,
    /// A longer result is left out.
    pub(crate) maximum_result_size: Option<usize>,
}

impl<'a> ExecutionView<'a> {
    pub(crate) const fn new(execution: &'a Execution, masked: bool, choice: &'a Choice, web_url_base: &'a str) -> Self {
        Self { execution, masked, choice, web_url_base, children: Vec::new(), maximum_result_size: None }
    }

    /// Shows everything of an execution.
    pub(crate) const fn whole(execution: &'a Execution, masked: bool, web_url_base: &'a str) -> Self {
        Self::new(execution, masked, &Choice::All, web_url_base)
    }

    fn write<S: Serializer>(&self, serializer: S, choice: &Choice) -> Result<S::Ok, S::Error> {
        let execution = self.execution;
        let snapshot = &execution.snapshot;
        let parameters = if self.masked { masking::parameters(execution) } else { execution.parameters.clone() };
        let mut fields = Fields { map: serializer.serialize_map(None)?, choice };
        fields.put("action", Some(&snapshot.action))?;
        fields.put("runner", Some(&snapshot.runner))?;
        fields.put("liveaction", Some(&Liveaction { execution, parameters: &parameters }))?;
        fields.put("status", Some(&execution.status))?;
        fields.put("start_timestamp", Some(&execution.start_timestamp))?;
        fields.put("end_timestamp", execution.end_timestamp.as_ref())?;
        fields.put("elapsed_seconds", execution.elapsed_seconds().filter(|seconds| *seconds > 0.0).as_ref())?;
        fields.put("parameters", non_empty(&parameters))?;
        self.write_result(&mut fields)?;
        fields.put("context", non_empty(&execution.context))?;
        fields.put("parent", execution.parent.as_ref())?;
        fields.put("children", Some(&self.children).filter(|children| !children.is_empty()))?;
        fields.put("log", Some(&execution.log))?;
        fields.put("delay", execution.delay.filter(|delay| *delay > 0).as_ref())?;
        fields.put("workflow_execution", execution.workflow_execution.as_ref())?;
        fields.put("task_execution", execution.task_execution.as_ref())?;
        let rule = if self.masked { masking::rule(execution) } else { execution.rule.clone() };
        fields.put("rule", rule.as_ref())?;
        fields.put("trigger", execution.trigger.as_ref())?;
        fields.put("trigger_type", execution.trigger_type.as_ref())?;
        fields.put("trigger_instance", execution.trigger_instance.as_ref())?;
        let web_url = format!("{}/#/history/{}/general", self.web_url_base, execution.id);
        fields.put("web_url", Some(&web_url))?;
        fields.put("id", Some(&execution.id))?;
        fields.map.end()
    }

    fn write_result<M: SerializeMap>(&self, fields: &mut Fields<'_, M>) -> Result<(), M::Error> {
        let Some(raw) = self.execution.result.as_deref() else { return Ok(()) };
        let size = raw.get().len();
        fields.put("result_size", Some(&size))?;
        if is_empty(raw) || self.maximum_result_size.is_some_and(|maximum| size > maximum) {
            return Ok(());
        }
        if self.masked && masking::has_secret_output(&self.execution.snapshot) {
            let result = masking::result(&self.execution.snapshot, self.execution.result_value());
            return fields.put("result", Some(&result));
        }
        fields.put("result", Some(raw))
    }
}

impl Serialize for ExecutionView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Choice::Include(_) = self.choice else { return self.write(serializer, self.choice) };
        // Dotted paths need the tree; whoever asks for a few attributes gets a small one.
        let tree = self.write(serde_json::value::Serializer, self.choice).map_err(ser::Error::custom)?;
        match tree {
            Value::Object(fields) => self.choice.apply(fields).serialize(serializer),
            other => other.serialize(serializer),
        }
    }
}

/// Writes the chosen fields that have a value.
struct Fields<'a, M> {
    map: M,
    choice: &'a Choice,
}

impl<M: SerializeMap> Fields<'_, M> {
    fn put(&mut self, name: &'static str, value: Option<&(impl Serialize + ?Sized)>) -> Result<(), M::Error> {
        match value {
            Some(value) if self.choice.shows(name) => self.map.serialize_entry(name, value),
            _ => Ok(()),
        }
    }
}

struct Liveaction<'a> {
    execution: &'a Execution,
    parameters: &'a Map<String, Value>,
}

impl Serialize for Liveaction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let execution = self.execution;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &execution.liveaction_id)?;
        map.serialize_entry("action", execution.action_ref())?;
        map.serialize_entry("action_is_workflow", &execution.is_workflow())?;
        map.serialize_entry("parameters", self.parameters)?;
        map.serialize_entry("callback", &execution.callback)?;
        match &execution.runner_info {
            Some(info) => map.serialize_entry("runner_info", info)?,
            None => map.serialize_entry("runner_info", &Map::new())?,
        }
        if let Some(notify) = &execution.notify {
            map.serialize_entry("notify", notify)?;
        }
        map.end()
    }
}

fn non_empty(map: &Map<String, Value>) -> Option<&Map<String, Value>> {
    Some(map).filter(|map| !map.is_empty())
}

fn is_empty(raw: &RawValue) -> bool {
    matches!(raw.get().trim(), "null" | "{}" | "[]" | "\"\"" | "false" | "0" | "0.0")
}
