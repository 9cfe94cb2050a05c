//! Workflow logs.
//!
//! One append is one document: its first number is taken by a unique index, and all its events are in it, so that an append happens
//! whole or not at all. The numbers of the other events are taken by documents beside it that hold nothing else; without them (a crash
//! in between) the log is the same, because whoever appends has read it up to its end.

use std::sync::Arc;

use async_trait::async_trait;
use mongodb::bson::doc;
use serde_json::value::RawValue;
use squall_model::Id;
use squall_store::{Error, Result, WorkflowEvent, WorkflowSnapshot, WorkflowStore};

use crate::connection::{Connection, bounded, failure, find_sorted, is_duplicate, next, patient};
use crate::documents::owner;
use crate::narrow::object_id;
use crate::payload::{self, Payloads};

pub(crate) const EVENTS: &str = "workflow_event";
const SNAPSHOTS: &str = "workflow_snapshot";

pub(crate) struct MongoWorkflows {
    connection: Arc<Connection>,
}

impl MongoWorkflows {
    pub(crate) fn new(connection: &Arc<Connection>) -> Self {
        Self { connection: Arc::clone(connection) }
    }
}

/// Appends events numbered from `first`; false when a number is taken.
pub(crate) async fn append(
    connection: &Connection,
    workflow: &Id,
    first: u64,
    events: &[Box<RawValue>],
) -> Result<bool> {
    let Some(last) = first.checked_add(events.len() as u64).and_then(|end| end.checked_sub(1)) else { return Ok(true) };
    let mut payloads = Payloads::of(connection, owner(EVENTS, workflow));
    let body = serde_json::to_vec(events).map_err(|error| Error::Corrupt(error.to_string()))?;
    let mut documents = vec![doc! {
        "workflow": object_id(workflow),
        "sequence": number(first),
        "last": number(last),
        "events": payloads.put(&body).await?,
    }];
    documents.extend(
        (first + 1..=last).map(|sequence| doc! {"workflow": object_id(workflow), "sequence": number(sequence)}),
    );
    let collection = connection.collection(EVENTS);
    let written = match documents.len() {
        1 => patient(collection.insert_one(documents.remove(0))).await?.map(|_| ()),
        _ => patient(collection.insert_many(documents).ordered(true)).await?.map(|_| ()),
    };
    match written {
        Ok(()) => Ok(true),
        Err(error) if is_duplicate(&error) => {
            payloads.withdraw().await?;
            Ok(false)
        }
        Err(error) => Err(failure(error)),
    }
}

fn number(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

/// Stores the snapshot over the one before. Chunks of that one stay until the workflow goes: there are few snapshots.
pub(crate) async fn save(connection: &Connection, snapshot: &WorkflowSnapshot) -> Result<()> {
    let mut payloads = Payloads::of(connection, owner(EVENTS, &snapshot.workflow));
    let state = payloads.put(snapshot.state.get().as_bytes()).await?;
    let target = doc! {"_id": object_id(&snapshot.workflow)};
    let update = doc! {"$set": {"sequence": number(snapshot.sequence), "state": state}};
    bounded(connection.collection(SNAPSHOTS).update_one(target, update).upsert(true)).await.map(|_| ())
}

/// Removes the log of the workflow that an execution runs.
pub(crate) async fn remove_of(connection: &Connection, execution: &Id) -> Result<()> {
    let workflow = execution.child("workflow");
    bounded(connection.collection(SNAPSHOTS).delete_one(doc! {"_id": object_id(&workflow)})).await?;
    bounded(connection.collection(EVENTS).delete_many(doc! {"workflow": object_id(&workflow)})).await?;
    payload::remove_all_of(connection, vec![owner(EVENTS, &workflow)]).await
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Corrupt(format!("{EVENTS}: {error}"))
}

#[async_trait]
impl WorkflowStore for MongoWorkflows {
    async fn events(&self, workflow: &Id, after: u64) -> Result<Vec<WorkflowEvent>> {
        let filter = doc! {"workflow": object_id(workflow), "last": {"$gt": number(after)}};
        let mut cursor = find_sorted(&self.connection.collection(EVENTS), filter, doc! {"sequence": 1}).await?;
        let mut events = Vec::new();
        while let Some(mut document) = next(&mut cursor).await? {
            let first = u64::try_from(document.get_i64("sequence").map_err(unreadable)?).map_err(unreadable)?;
            let body = payload::need(&self.connection, &mut document, "events").await?;
            let appended: Vec<Box<RawValue>> = serde_json::from_slice(&body).map_err(unreadable)?;
            let numbered = (first..).zip(appended).filter(|(sequence, _)| *sequence > after);
            events.extend(numbered.map(|(sequence, event)| WorkflowEvent { sequence, event }));
        }
        Ok(events)
    }

    async fn snapshot(&self, workflow: &Id) -> Result<Option<WorkflowSnapshot>> {
        let collection = self.connection.collection(SNAPSHOTS);
        let found = bounded(collection.find_one(doc! {"_id": object_id(workflow)})).await?;
        let Some(mut document) = found else { return Ok(None) };
        let sequence = u64::try_from(document.get_i64("sequence").map_err(unreadable)?).map_err(unreadable)?;
        let state = payload::need(&self.connection, &mut document, "state").await?;
        let state = String::from_utf8(state).map_err(unreadable)?;
        let state = RawValue::from_string(state).map_err(unreadable)?;
        Ok(Some(WorkflowSnapshot { workflow: *workflow, sequence, state }))
    }
}
