//! Several writes that belong together.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::value::RawValue;
use squall_model::{Execution, Id, Resource, Status};

use crate::{Error, Result, WorkflowSnapshot};

/// A document of any kind, ready to be written.
#[derive(Debug, Clone)]
pub struct Document {
    pub kind: &'static str,
    pub id: Id,
    pub unique_key: Option<String>,
    pub body: Vec<u8>,
}

impl Document {
    pub fn of<T: Resource>(value: &T) -> Result<Self> {
        let body = serde_json::to_vec(value).map_err(|error| Error::Corrupt(error.to_string()))?;
        Ok(Self { kind: T::KIND, id: value.id(), unique_key: value.unique_key(), body })
    }
}

#[derive(Debug, Clone)]
pub enum Write {
    /// Creates the execution, or leaves the one with the same id as it is ([`Written::Existed`]).
    CreateExecution(Arc<Execution>),
    /// Writes the changing part of the execution if the stored revision is the one before; refused otherwise.
    UpdateExecution(Arc<Execution>),
    /// Appends to a workflow's log, numbered from `first`; refused when that number is taken: this is the fence between two engines.
    AppendWorkflowEvents {
        workflow: Id,
        first: u64,
        events: Vec<Box<RawValue>>,
    },
    SaveWorkflowSnapshot(WorkflowSnapshot),
    /// Creates the document, or leaves the one with the same id as it is.
    Insert(Document),
    /// Stores the document whatever was there under its id.
    Put(Document),
}

impl Write {
    /// Tells whether a store may let this wait for the next write that has to be on disk before anybody hears of it.
    ///
    /// It may where a loss of power that undoes it, and with it all that came after, only makes the platform decide the same again: a plan
    /// of the scheduler, the beginning and the steps of a workflow. It may not where something outside follows or has happened: what a
    /// client was told, an action that is about to run, its result, and every end.
    pub fn may_be_decided_again(&self) -> bool {
        match self {
            Self::UpdateExecution(execution) => {
                execution.status == Status::Scheduled
                    || (execution.status == Status::Running && execution.is_workflow())
            }
            Self::CreateExecution(execution) => execution.workflow_execution.is_some(),
            Self::AppendWorkflowEvents { .. } | Self::SaveWorkflowSnapshot(_) => true,
            Self::Insert(_) | Self::Put(_) => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Done,
    /// It was there already, and was left as it is.
    Existed,
}

#[async_trait]
pub trait Batch: Send + Sync {
    /// Writes in order. An atomic store writes all or nothing; any other stops at the first write that is refused
    /// ([`Error::Refused`]), fails or is cut off by a crash, and what came before stays. So the write that fences must come first, those
    /// after it must be safe to repeat, and somebody must find out that they are missing. After [`Error::Unavailable`] any number of
    /// them may be stored, also all: the answer alone may have been lost.
    async fn commit(&self, writes: Vec<Write>) -> Result<Vec<Written>>;

    /// Tells whether a batch is written all or nothing.
    fn is_atomic(&self) -> bool;
}
