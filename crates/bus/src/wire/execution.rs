//! An execution on the wire: what the API shows of it, and beside it what only we need.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use squall_model::{
    Action, ActionSnapshot, Execution, Id, LogEntry, MASK, Map, RunnerInfo, RunnerType, Status, Timestamp,
};

use super::{INLINE_LIMIT, Part, exceed};

#[derive(Serialize, Deserialize)]
pub(super) struct ExecutionBody<'a> {
    id: Id,
    action: Cow<'a, Action>,
    runner: Cow<'a, RunnerType>,
    liveaction: Liveaction<'a>,
    status: Status,
    start_timestamp: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_timestamp: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    elapsed_seconds: Option<f64>,
    #[serde(default)]
    parameters: Cow<'a, Map>,
    /// `null` is a result, too.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    result: Option<Cow<'a, RawValue>>,
    #[serde(default)]
    result_size: usize,
    #[serde(default)]
    context: Cow<'a, Map>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Id>,
    #[serde(default)]
    log: Cow<'a, [LogEntry]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workflow_execution: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task_execution: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<Cow<'a, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger: Option<Cow<'a, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger_type: Option<Cow<'a, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger_instance: Option<Cow<'a, Value>>,
    squall: Beside<'a>,
}

#[derive(Serialize, Deserialize)]
struct Liveaction<'a> {
    id: Id,
    /// For outsiders; we know it from the snapshot.
    #[serde(default)]
    action: Cow<'a, str>,
    #[serde(default)]
    action_is_workflow: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    runner_info: Option<Cow<'a, RunnerInfo>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify: Option<Cow<'a, Value>>,
    #[serde(default, skip_serializing_if = "is_empty")]
    callback: Cow<'a, Map>,
}

/// What the API does not show.
#[derive(Serialize, Deserialize)]
struct Beside<'a> {
    snapshot: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Id>,
    #[serde(default)]
    attempt: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wake_at: Option<Timestamp>,
    revision: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<Part>,
}

impl<'a> ExecutionBody<'a> {
    pub(super) fn of(execution: &'a Execution) -> Self {
        let mut left_out = Vec::new();
        let parameters = sent_parameters(execution, &mut left_out);
        let result = sent_result(execution, &mut left_out);
        let snapshot = &execution.snapshot;
        Self {
            id: execution.id,
            action: Cow::Borrowed(&snapshot.action),
            runner: Cow::Borrowed(&snapshot.runner),
            liveaction: Liveaction {
                id: execution.liveaction_id,
                action: Cow::Borrowed(execution.action_ref()),
                action_is_workflow: execution.is_workflow(),
                runner_info: execution.runner_info.as_ref().map(Cow::Borrowed),
                notify: execution.notify.as_ref().map(Cow::Borrowed),
                callback: Cow::Borrowed(&execution.callback),
            },
            status: execution.status,
            start_timestamp: execution.start_timestamp,
            end_timestamp: execution.end_timestamp,
            elapsed_seconds: execution.elapsed_seconds(),
            parameters,
            result,
            result_size: execution.result.as_ref().map_or(0, |raw| raw.get().len()),
            context: Cow::Borrowed(&execution.context),
            parent: execution.parent,
            log: Cow::Borrowed(&execution.log),
            delay: execution.delay,
            workflow_execution: execution.workflow_execution,
            task_execution: execution.task_execution,
            rule: execution.rule.as_ref().map(Cow::Borrowed),
            trigger: execution.trigger.as_ref().map(Cow::Borrowed),
            trigger_type: execution.trigger_type.as_ref().map(Cow::Borrowed),
            trigger_instance: execution.trigger_instance.as_ref().map(Cow::Borrowed),
            squall: Beside {
                snapshot: Cow::Borrowed(&snapshot.hash),
                owner: execution.owner,
                attempt: execution.attempt,
                wake_at: execution.wake_at,
                revision: execution.revision,
                left_out,
            },
        }
    }

    pub(super) fn into_execution(self) -> (Execution, Vec<Part>) {
        let beside = self.squall;
        let snapshot = ActionSnapshot {
            hash: beside.snapshot.into_owned(),
            action: self.action.into_owned(),
            runner: self.runner.into_owned(),
        };
        let execution = Execution {
            id: self.id,
            liveaction_id: self.liveaction.id,
            snapshot: Arc::new(snapshot),
            start_timestamp: self.start_timestamp,
            parameters: self.parameters.into_owned(),
            parent: self.parent,
            delay: self.delay,
            notify: self.liveaction.notify.map(Cow::into_owned),
            callback: self.liveaction.callback.into_owned(),
            workflow_execution: self.workflow_execution,
            task_execution: self.task_execution,
            rule: self.rule.map(Cow::into_owned),
            trigger: self.trigger.map(Cow::into_owned),
            trigger_type: self.trigger_type.map(Cow::into_owned),
            trigger_instance: self.trigger_instance.map(Cow::into_owned),
            status: self.status,
            end_timestamp: self.end_timestamp,
            result: self.result.map(|raw| Arc::from(raw.into_owned())),
            context: self.context.into_owned(),
            log: self.log.into_owned(),
            runner_info: self.liveaction.runner_info.map(Cow::into_owned),
            owner: beside.owner,
            attempt: beside.attempt,
            wake_at: beside.wake_at,
            revision: beside.revision,
        };
        (execution, beside.left_out)
    }
}

fn is_empty(map: &Map) -> bool {
    map.is_empty()
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'static, RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(|raw| Some(Cow::Owned(raw)))
}

/// Secret parameters are masked as a whole, and so are those beside them that no schema knows; large ones are not sent.
fn sent_parameters<'a>(execution: &'a Execution, left_out: &mut Vec<Part>) -> Cow<'a, Map> {
    let snapshot = &execution.snapshot;
    let schemas = [&snapshot.action.parameters, &snapshot.runner.runner_parameters];
    let has_secrets = schemas.iter().flat_map(|schemas| schemas.values()).any(mentions_secret);
    let is_secret = |name: &str| {
        let mut known = schemas.iter().filter_map(|schemas| schemas.get(name)).peekable();
        has_secrets && (known.peek().is_none() || known.any(mentions_secret))
    };
    let open = execution.parameters.iter().filter(|(name, _)| !is_secret(name)).map(|(_, value)| value);
    if exceed(open, INLINE_LIMIT) {
        left_out.push(Part::Parameters);
        return Cow::Owned(Map::new());
    }
    if !execution.parameters.keys().any(|name| is_secret(name)) {
        return Cow::Borrowed(&execution.parameters);
    }
    left_out.push(Part::Parameters);
    let masked = |(name, value): (&String, &Value)| {
        let value = if is_secret(name) { Value::String(MASK.to_owned()) } else { value.clone() };
        (name.clone(), value)
    };
    Cow::Owned(execution.parameters.iter().map(masked).collect())
}

fn sent_result<'a>(execution: &'a Execution, left_out: &mut Vec<Part>) -> Option<Cow<'a, RawValue>> {
    let result = execution.result.as_deref()?;
    let schema = &execution.snapshot.action.output_schema;
    let is_secret = schema.get("secret") == Some(&Value::Bool(true)) || schema.values().any(mentions_secret);
    // The schema of an answer is part of the result: what may be secret in it is not looked at closely.
    let may_be_secret_answer = execution.snapshot.runner.name == "inquirer" && result.get().contains("\"secret\"");
    if is_secret || may_be_secret_answer || result.get().len() > INLINE_LIMIT {
        left_out.push(Part::Result);
        return None;
    }
    Some(Cow::Borrowed(result))
}

/// Tells whether a schema calls something secret, however deep.
fn mentions_secret(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            fields.get("secret") == Some(&Value::Bool(true)) || fields.values().any(mentions_secret)
        }
        Value::Array(items) => items.iter().any(mentions_secret),
        _ => false,
    }
}
