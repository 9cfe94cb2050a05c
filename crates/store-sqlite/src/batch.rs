//! Several writes in one transaction.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, params};
use squall_model::Id;
use squall_store::{Batch, Error, Result, Write, Written};

use crate::writer::Durability;
use crate::{Parts, executions, failure, resources};

pub(crate) struct SqliteBatch {
    parts: Parts,
}

impl SqliteBatch {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

#[async_trait]
impl Batch for SqliteBatch {
    async fn commit(&self, writes: Vec<Write>) -> Result<Vec<Written>> {
        let touched: Vec<&'static str> = writes.iter().filter_map(document_kind).collect();
        let may_wait = writes.iter().all(Write::may_be_decided_again);
        let durability = if may_wait { Durability::WithTheNext } else { Durability::AtOnce };
        let generations = Arc::clone(&self.parts.generations);
        let work = move |connection: &Connection| {
            writes.iter().enumerate().map(|(index, write)| apply(connection, write, index)).collect()
        };
        let declare = move || touched.into_iter().for_each(|kind| generations.advance(kind));
        self.parts.writer.write(durability, work, declare).await
    }

    fn is_atomic(&self) -> bool {
        true
    }
}

fn document_kind(write: &Write) -> Option<&'static str> {
    match write {
        Write::Insert(document) | Write::Put(document) => Some(document.kind),
        _ => None,
    }
}

fn apply(connection: &Connection, write: &Write, index: usize) -> Result<Written> {
    match write {
        Write::CreateExecution(execution) => {
            let created = executions::create(connection, execution)?;
            Ok(if created { Written::Done } else { Written::Existed })
        }
        Write::UpdateExecution(execution) => {
            if executions::update(connection, execution)? {
                Ok(Written::Done)
            } else {
                Err(Error::Refused { index })
            }
        }
        Write::AppendWorkflowEvents { workflow, first, events } => append(connection, workflow, *first, events, index),
        Write::SaveWorkflowSnapshot(snapshot) => {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO workflow_snapshot (workflow, sequence, state) VALUES (?1, ?2, ?3)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![snapshot.workflow.as_bytes(), snapshot.sequence, snapshot.state.get()])
                })
                .map_err(failure)?;
            Ok(Written::Done)
        }
        Write::Insert(document) => match resources::insert(connection, document) {
            Ok(()) => Ok(Written::Done),
            Err(Error::Conflict { id: Some(id), .. }) if id == document.id => Ok(Written::Existed),
            Err(error) => Err(error),
        },
        Write::Put(document) => resources::put(connection, document).map(|()| Written::Done),
    }
}

fn append(
    connection: &Connection,
    workflow: &Id,
    first: u64,
    events: &[Box<serde_json::value::RawValue>],
    index: usize,
) -> Result<Written> {
    let mut statement = connection
        .prepare_cached(
            "INSERT INTO workflow_event (workflow, sequence, event) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )
        .map_err(failure)?;
    for (sequence, event) in (first..).zip(events) {
        let appended = statement.execute(params![workflow.as_bytes(), sequence, event.get()]).map_err(failure)?;
        if appended == 0 {
            return Err(Error::Refused { index });
        }
    }
    Ok(Written::Done)
}
