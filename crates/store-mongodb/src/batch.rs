//! Several writes, in order. There is no transaction around them: what a crash cuts off, the services' sweeps find.

use std::sync::Arc;

use async_trait::async_trait;
use mongodb::error::{Error as DriverError, ErrorKind};
use squall_model::Execution;
use squall_store::{Batch, Error, Result, Write, Written};

use crate::connection::{Connection, DUPLICATE_KEY, failure};
use crate::executions::{self, Snapshots};
use crate::{documents, workflows};

/// How many executions are sent to the server in one exchange, which must end in time.
const MOST_AT_ONCE: usize = 100;

pub(crate) struct MongoBatch {
    connection: Arc<Connection>,
    snapshots: Snapshots,
}

impl MongoBatch {
    pub(crate) fn new(connection: &Arc<Connection>) -> Self {
        Self { connection: Arc::clone(connection), snapshots: Snapshots::default() }
    }

    /// Creates executions that follow each other in a batch in as few exchanges as possible.
    async fn create(&self, executions: &[&Arc<Execution>]) -> Result<Vec<Written>> {
        let mut documents = Vec::with_capacity(executions.len());
        let mut payloads = Vec::with_capacity(executions.len());
        for execution in executions {
            self.snapshots.keep(&self.connection, &execution.snapshot).await?;
            let (document, large) = executions::create(&self.connection, execution).await?;
            documents.push(document);
            payloads.push(large);
        }
        let mut written = Vec::with_capacity(executions.len());
        let mut payloads = payloads.into_iter();
        while written.len() < documents.len() {
            let stored = executions::insert(&self.connection, documents[written.len()..].to_vec()).await?;
            written.extend(std::iter::repeat_n(Written::Done, stored));
            payloads.by_ref().take(stored).for_each(drop);
            if written.len() < documents.len() {
                written.push(Written::Existed);
                if let Some(superfluous) = payloads.next() {
                    superfluous.withdraw().await?;
                }
            }
        }
        Ok(written)
    }

    async fn apply(&self, write: &Write, index: usize) -> Result<Written> {
        let fence = |passed: bool| if passed { Ok(Written::Done) } else { Err(Error::Refused { index }) };
        let connection = self.connection.as_ref();
        match write {
            Write::CreateExecution(execution) => {
                let written = self.create(&[execution]).await?;
                Ok(written.first().copied().unwrap_or(Written::Existed))
            }
            Write::UpdateExecution(execution) => fence(executions::update(connection, execution).await?),
            Write::AppendWorkflowEvents { workflow, first, events } => {
                fence(workflows::append(connection, workflow, *first, events).await?)
            }
            Write::SaveWorkflowSnapshot(snapshot) => {
                workflows::save(connection, snapshot).await.map(|()| Written::Done)
            }
            Write::Insert(document) => match documents::insert(connection, document).await {
                Ok(()) => Ok(Written::Done),
                Err(Error::Conflict { id: Some(id), .. }) if id == document.id => Ok(Written::Existed),
                Err(error) => Err(error),
            },
            Write::Put(document) => documents::put(connection, document).await.map(|()| Written::Done),
        }
    }
}

/// Returns how many documents of an ordered insertion were stored before one that was there already.
pub(crate) fn stored_before_duplicate(error: DriverError) -> Result<usize> {
    match error.kind.as_ref() {
        ErrorKind::InsertMany(many) => match many.write_errors.as_deref() {
            Some([first, ..]) if first.code == DUPLICATE_KEY => Ok(first.index),
            _ => Err(failure(error)),
        },
        _ => Err(failure(error)),
    }
}

#[async_trait]
impl Batch for MongoBatch {
    async fn commit(&self, writes: Vec<Write>) -> Result<Vec<Written>> {
        let mut written = Vec::with_capacity(writes.len());
        while let Some(write) = writes.get(written.len()) {
            let index = written.len();
            let creations: Vec<&Arc<Execution>> =
                writes[index..].iter().map_while(created).take(MOST_AT_ONCE).collect();
            if creations.len() > 1 {
                written.extend(self.create(&creations).await?);
            } else {
                written.push(self.apply(write, index).await?);
            }
        }
        Ok(written)
    }

    fn is_atomic(&self) -> bool {
        false
    }
}

fn created(write: &Write) -> Option<&Arc<Execution>> {
    match write {
        Write::CreateExecution(execution) => Some(execution),
        _ => None,
    }
}
