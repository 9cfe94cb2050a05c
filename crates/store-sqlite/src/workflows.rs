//! Workflow logs.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use serde_json::value::RawValue;
use squall_model::Id;
use squall_store::{Result, WorkflowEvent, WorkflowSnapshot, WorkflowStore};

use crate::{Parts, failure, unreadable};

pub(crate) struct SqliteWorkflows {
    parts: Parts,
}

impl SqliteWorkflows {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

#[async_trait]
impl WorkflowStore for SqliteWorkflows {
    async fn events(&self, workflow: &Id, after: u64) -> Result<Vec<WorkflowEvent>> {
        let rows: Vec<(u64, String)> = self.parts.readers.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT sequence, event FROM workflow_event WHERE workflow = ?1 AND sequence > ?2 ORDER BY sequence")
                .map_err(failure)?;
            let rows = statement
                .query_map(params![workflow.as_bytes(), after], |row| Ok((row.get(0)?, row.get(1)?)))
                .map_err(failure)?;
            rows.map(|row| row.map_err(failure)).collect()
        })?;
        let event = |(sequence, text)| {
            RawValue::from_string(text).map(|event| WorkflowEvent { sequence, event }).map_err(unreadable)
        };
        rows.into_iter().map(event).collect()
    }

    async fn snapshot(&self, workflow: &Id) -> Result<Option<WorkflowSnapshot>> {
        let found: Option<(u64, String)> = self.parts.readers.read(|connection| {
            connection
                .prepare_cached("SELECT sequence, state FROM workflow_snapshot WHERE workflow = ?1")
                .and_then(|mut statement| {
                    statement.query_row([workflow.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
                })
                .map_err(failure)
        })?;
        let snapshot = |(sequence, text)| {
            let state = RawValue::from_string(text).map_err(unreadable)?;
            Ok(WorkflowSnapshot { workflow: *workflow, sequence, state })
        };
        found.map(snapshot).transpose()
    }
}
