//! An execution as a document, and back.

use std::sync::Arc;

use mongodb::bson::error::Error as BsonError;
use mongodb::bson::{Bson, Document, doc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use squall_model::{Execution, Id, Map, Status, Timestamp};
use squall_store::{Error, Result};

use super::{EXECUTIONS, Snapshots};
use crate::connection::{Connection, bounded, patient};
use crate::documents::owner;
use crate::filter::NOTHING;
use crate::narrow::{id_of, look as follow, object_id, scalar};
use crate::payload::{self, Payloads};

/// What never changes after the request and no list goes by.
#[derive(Serialize, Deserialize)]
struct Fixed {
    #[serde(default)]
    parameters: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify: Option<Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    callback: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task_execution: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger_type: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger_instance: Option<Value>,
}

/// Returns the whole document of a new execution.
pub(crate) async fn create<'a>(connection: &'a Connection, execution: &Execution) -> Result<(Document, Payloads<'a>)> {
    let fixed = Fixed {
        parameters: execution.parameters.clone(),
        delay: execution.delay,
        notify: execution.notify.clone(),
        callback: execution.callback.clone(),
        task_execution: execution.task_execution,
        rule: execution.rule.clone(),
        trigger: execution.trigger.clone(),
        trigger_type: execution.trigger_type.clone(),
        trigger_instance: execution.trigger_instance.clone(),
    };
    let mut payloads = Payloads::of(connection, owner(EXECUTIONS, &execution.id));
    let snapshot = &execution.snapshot;
    let mut document = doc! {
        "_id": object_id(&execution.id),
        "liveaction": object_id(&execution.liveaction_id),
        "snapshot": &snapshot.hash,
        "action_ref": &snapshot.action.reference,
        "pack": &snapshot.action.pack,
        "runner": &snapshot.runner.name,
        "start": execution.start_timestamp.as_micros(),
        "parent": execution.parent.as_ref().map_or(NOTHING, object_id),
        "fixed": payloads.put(&json(&fixed)?).await?,
    };
    let named = |value: &Option<Value>, field: &str| value.as_ref().and_then(|value| scalar(value.get(field)));
    let optional = [
        ("workflow", execution.workflow_execution.as_ref().map(|id| Bson::ObjectId(object_id(id)))),
        ("user", execution.user().map(|user| Bson::String(user.to_owned()))),
        ("rule", named(&execution.rule, "name")),
        ("trigger", named(&execution.trigger, "name")),
        ("trigger_type", named(&execution.trigger_type, "name")),
        ("trigger_instance", named(&execution.trigger_instance, "id")),
    ];
    document.extend(optional.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))));
    let changing = changing(&mut payloads, execution).await?;
    document.extend(changing.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))));
    Ok((document, payloads))
}

/// Writes the changing part if the stored revision is the one before; false when it is not.
pub(crate) async fn update(connection: &Connection, execution: &Execution) -> Result<bool> {
    let mut payloads = Payloads::of(connection, owner(EXECUTIONS, &execution.id));
    let (mut set, mut unset) = (Document::new(), Document::new());
    for (field, value) in changing(&mut payloads, execution).await? {
        match value {
            Some(value) => set.insert(field, value),
            None => unset.insert(field, ""),
        };
    }
    let before = revision(execution).saturating_sub(1);
    let target = doc! {"_id": object_id(&execution.id), "revision": before};
    let update = doc! {"$set": set, "$unset": unset};
    let done = bounded(connection.collection(EXECUTIONS).update_one(target, update)).await?.matched_count == 1;
    if !done {
        payloads.withdraw().await?;
    }
    Ok(done)
}

/// Stores new executions in order, up to the first that is there already; returns how many were stored.
pub(crate) async fn insert(connection: &Connection, documents: Vec<Document>) -> Result<usize> {
    let count = documents.len();
    match patient(connection.collection(EXECUTIONS).insert_many(documents).ordered(true)).await? {
        Ok(_) => Ok(count),
        Err(error) => crate::batch::stored_before_duplicate(error),
    }
}

/// The fields that change during an execution's life, each with its value, or none where it has none.
async fn changing(payloads: &mut Payloads<'_>, execution: &Execution) -> Result<Vec<(&'static str, Option<Bson>)>> {
    let moment = |moment: Option<Timestamp>| moment.map(|moment| Bson::Int64(moment.as_micros()));
    let result = match &execution.result {
        Some(raw) => Some(payloads.put(raw.get().as_bytes()).await?),
        None => None,
    };
    let size = execution.result.as_ref().map(|raw| Bson::Int64(i64::try_from(raw.get().len()).unwrap_or(i64::MAX)));
    let runner_info = match &execution.runner_info {
        Some(info) => Some(payloads.put(&json(info)?).await?),
        None => None,
    };
    let itself = Bson::ObjectId(object_id(&execution.id));
    let has_ended = execution.end_timestamp.is_some();
    Ok(vec![
        ("status", Some(Bson::String(execution.status.as_str().to_owned()))),
        ("ended", moment(execution.end_timestamp)),
        // Only sweeps go by these three: their indexes hold nothing but what is to be swept.
        ("waits_for", waits_for(execution).map(|what| Bson::String(what.to_owned()))),
        ("unfinished", (!has_ended).then_some(itself)),
        ("unannounced", moment(execution.wake_at.filter(|_| has_ended))),
        ("result", result),
        ("result_size", size),
        ("context", Some(payloads.put(&json(&execution.context)?).await?)),
        ("log", Some(payloads.put(&json(&execution.log)?).await?)),
        ("runner_info", runner_info),
        ("owner", execution.owner.as_ref().map(|id| Bson::ObjectId(object_id(id)))),
        ("attempt", Some(Bson::Int64(i64::from(execution.attempt)))),
        ("wake_at", moment(execution.wake_at)),
        ("revision", Some(Bson::Int64(revision(execution)))),
    ])
}

/// What a sweep asks for as a word, too: a server that compares only words in its database (FerretDB) read every execution for a range.
pub(crate) const END: &str = "end";
pub(crate) const ANNOUNCEMENT: &str = "announcement";

fn waits_for(execution: &Execution) -> Option<&'static str> {
    match (execution.end_timestamp, execution.wake_at) {
        (None, _) => Some(END),
        (Some(_), Some(_)) => Some(ANNOUNCEMENT),
        (Some(_), None) => None,
    }
}

fn revision(execution: &Execution) -> i64 {
    i64::try_from(execution.revision).unwrap_or(i64::MAX)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Corrupt(format!("{EXECUTIONS}: {error}"))
}

/// Reads a document; the result is there if it was loaded.
pub(crate) async fn read(connection: &Connection, snapshots: &Snapshots, mut from: Document) -> Result<Execution> {
    let fixed: Fixed = parse(&payload::need(connection, &mut from, "fixed").await?)?;
    let context = parse(&payload::need(connection, &mut from, "context").await?)?;
    let log = parse(&payload::need(connection, &mut from, "log").await?)?;
    let runner_info = payload::get(connection, &mut from, "runner_info").await?;
    let result = payload::get(connection, &mut from, "result").await?;
    let status = from.get_str("status").map_err(unreadable)?;
    Ok(Execution {
        id: id_of(from.get_object_id("_id").map_err(unreadable)?),
        liveaction_id: id_of(from.get_object_id("liveaction").map_err(unreadable)?),
        snapshot: snapshots.get(connection, from.get_str("snapshot").map_err(unreadable)?).await?,
        start_timestamp: Timestamp::from_micros(from.get_i64("start").map_err(unreadable)?),
        parameters: fixed.parameters,
        parent: id(&from, "parent").filter(|parent| object_id(parent) != NOTHING),
        workflow_execution: id(&from, "workflow"),
        delay: fixed.delay,
        notify: fixed.notify,
        callback: fixed.callback,
        task_execution: fixed.task_execution,
        rule: fixed.rule,
        trigger: fixed.trigger,
        trigger_type: fixed.trigger_type,
        trigger_instance: fixed.trigger_instance,
        status: status.parse::<Status>().map_err(unreadable)?,
        end_timestamp: moment(&from, "ended"),
        result: result.map(raw).transpose()?,
        context,
        log,
        runner_info: runner_info.map(|bytes| parse(&bytes)).transpose()?,
        owner: id(&from, "owner"),
        attempt: number(from.get_i64("attempt"))?,
        wake_at: moment(&from, "wake_at"),
        revision: number(from.get_i64("revision"))?,
    })
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(unreadable)
}

fn raw(bytes: Vec<u8>) -> Result<Arc<RawValue>> {
    let text = String::from_utf8(bytes).map_err(unreadable)?;
    RawValue::from_string(text).map(Arc::from).map_err(unreadable)
}

fn id(from: &Document, field: &str) -> Option<Id> {
    from.get_object_id(field).ok().map(id_of)
}

fn moment(from: &Document, field: &str) -> Option<Timestamp> {
    from.get_i64(field).ok().map(Timestamp::from_micros)
}

fn number<T: TryFrom<i64>>(stored: std::result::Result<i64, BsonError>) -> Result<T> {
    let number = stored.map_err(unreadable)?;
    T::try_from(number).map_err(|_| Error::Corrupt(format!("{EXECUTIONS}: {number} is out of range")))
}

/// Returns the value of a path that has no field of its own, null where there is none.
pub(crate) fn look(execution: &Execution, path: &str) -> Value {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let within =
        |value: &Value| if rest.is_empty() { value.clone() } else { follow(value, rest).cloned().unwrap_or_default() };
    let part = |value: &Option<Value>| value.as_ref().map(within).unwrap_or_default();
    match first {
        "context" => within(&Value::Object(execution.context.clone())),
        "parameters" => within(&Value::Object(execution.parameters.clone())),
        "result" => within(&execution.result_value()),
        "action" if rest == "name" => Value::String(execution.snapshot.action.name.clone()),
        "rule" => part(&execution.rule),
        "trigger" => part(&execution.trigger),
        "trigger_type" => part(&execution.trigger_type),
        "trigger_instance" => part(&execution.trigger_instance),
        "notify" => part(&execution.notify),
        "task_execution" => execution.task_execution.map_or(Value::Null, |id| Value::String(id.to_string())),
        "delay" => execution.delay.map_or(Value::Null, Value::from),
        _ => Value::Null,
    }
}

/// Returns a narrow value as the API shows it; none for what stands for nothing.
pub(crate) fn shown(field: &str, value: Bson) -> Option<Value> {
    match value {
        Bson::String(text) => Some(Value::String(text)),
        Bson::ObjectId(NOTHING) => Some(Value::Null),
        Bson::ObjectId(id) => Some(Value::String(id_of(id).to_string())),
        Bson::Int64(micros) if field == "start" || field == "ended" => {
            Some(Value::String(Timestamp::from_micros(micros).to_string()))
        }
        Bson::Int64(number) => Some(Value::from(number)),
        Bson::Double(number) => Some(Value::from(number)),
        Bson::Boolean(flag) => Some(Value::Bool(flag)),
        _ => None,
    }
}
