//! Live output, in the order of its appearance.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use mongodb::bson::doc;
use squall_model::{Id, OutputChunk, OutputType};
use squall_store::{Error, OutputStore, Result};

use crate::connection::{Connection, bounded, find_sorted, next};
use crate::executions::EXECUTIONS;
use crate::narrow::object_id;
use crate::payload::{self, Payloads};

pub(crate) const OUTPUTS: &str = "output";

pub(crate) struct MongoOutputs {
    connection: Arc<Connection>,
    /// The number of the last chunk that this process stored.
    last: AtomicI64,
}

impl MongoOutputs {
    pub(crate) fn new(connection: &Arc<Connection>) -> Self {
        Self { connection: Arc::clone(connection), last: AtomicI64::new(0) }
    }

    /// Returns a number above all that this process gave out, and, as far as clocks agree, above those of a process that ran the
    /// execution before.
    fn number(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let before = self.last.fetch_max(now, Ordering::Relaxed);
        if before < now { now } else { self.last.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

const fn name(output_type: OutputType) -> &'static str {
    match output_type {
        OutputType::Stdout => "stdout",
        OutputType::Stderr => "stderr",
        OutputType::Output => "output",
    }
}

/// Removes the output of an execution.
pub(crate) async fn remove_of(connection: &Connection, execution: &Id) -> Result<()> {
    bounded(connection.collection(OUTPUTS).delete_many(doc! {"execution": object_id(execution)})).await.map(|_| ())
}

#[async_trait]
impl OutputStore for MongoOutputs {
    async fn append(&self, chunks: Vec<OutputChunk>) -> Result<()> {
        let mut documents = Vec::with_capacity(chunks.len());
        for chunk in &chunks {
            let body = serde_json::to_vec(chunk).map_err(|error| Error::Corrupt(error.to_string()))?;
            let owner = crate::documents::owner(EXECUTIONS, &chunk.execution_id);
            let stored = Payloads::of(&self.connection, owner).put(&body).await?;
            let execution = object_id(&chunk.execution_id);
            documents.push(doc! {
                "execution": execution, "number": self.number(), "type": name(chunk.output_type), "body": stored,
            });
        }
        if !documents.is_empty() {
            bounded(self.connection.collection(OUTPUTS).insert_many(documents)).await?;
        }
        Ok(())
    }

    async fn read(&self, execution: &Id, output_type: Option<OutputType>) -> Result<Vec<OutputChunk>> {
        let mut filter = doc! {"execution": object_id(execution)};
        if let Some(output_type) = output_type {
            filter.insert("type", name(output_type));
        }
        let mut cursor = find_sorted(&self.connection.collection(OUTPUTS), filter, doc! {"number": 1}).await?;
        let mut chunks = Vec::new();
        while let Some(mut document) = next(&mut cursor).await? {
            let body = payload::need(&self.connection, &mut document, "body").await?;
            chunks.push(serde_json::from_slice(&body).map_err(|error| Error::Corrupt(error.to_string()))?);
        }
        Ok(chunks)
    }
}
