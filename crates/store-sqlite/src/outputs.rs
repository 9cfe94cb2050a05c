//! Live output, in the order of its appearance.

use async_trait::async_trait;
use rusqlite::{Connection, params};
use squall_model::{Id, OutputChunk, OutputType};
use squall_store::{OutputStore, Result};

use crate::writer::Durability;
use crate::{Parts, failure, unreadable};

pub(crate) struct SqliteOutputs {
    parts: Parts,
}

impl SqliteOutputs {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

const fn name(output_type: OutputType) -> &'static str {
    match output_type {
        OutputType::Stdout => "stdout",
        OutputType::Stderr => "stderr",
        OutputType::Output => "output",
    }
}

#[async_trait]
impl OutputStore for SqliteOutputs {
    async fn append(&self, chunks: Vec<OutputChunk>) -> Result<()> {
        let insert = move |connection: &Connection| {
            let mut statement = connection
                .prepare_cached("INSERT INTO output (execution, type, body) VALUES (?1, ?2, ?3)")
                .map_err(failure)?;
            for chunk in &chunks {
                let body = serde_json::to_string(chunk).map_err(unreadable)?;
                statement
                    .execute(params![chunk.execution_id.as_bytes(), name(chunk.output_type), body])
                    .map_err(failure)?;
            }
            Ok(())
        };
        self.parts.writer.write(Durability::WithTheNext, insert, || {}).await
    }

    async fn read(&self, execution: &Id, output_type: Option<OutputType>) -> Result<Vec<OutputChunk>> {
        let execution = *execution;
        let read = move |connection: &Connection| {
            let mut statement = connection
                .prepare_cached(
                    "SELECT body FROM output WHERE execution = ?1 AND (?2 IS NULL OR type = ?2) ORDER BY number",
                )
                .map_err(failure)?;
            let bodies = statement
                .query_map(params![execution.as_bytes(), output_type.map(name)], |row| row.get::<_, String>(0))
                .map_err(failure)?;
            bodies.map(|body| serde_json::from_str(&body.map_err(failure)?).map_err(unreadable)).collect()
        };
        self.parts.readers.read_aside(read).await
    }
}
