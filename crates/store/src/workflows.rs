//! The event logs of workflows.

use async_trait::async_trait;
use serde_json::value::RawValue;
use squall_model::Id;

use crate::Result;

#[derive(Debug, Clone)]
pub struct WorkflowEvent {
    pub sequence: u64,
    pub event: Box<RawValue>,
}

/// The state of a workflow after the event numbered `sequence`, so that a replay need not start at the beginning.
#[derive(Debug, Clone)]
pub struct WorkflowSnapshot {
    pub workflow: Id,
    pub sequence: u64,
    pub state: Box<RawValue>,
}

/// Reads workflow logs; they are appended to through [`crate::Write::AppendWorkflowEvents`]. Sequences start at 1.
#[async_trait]
pub trait WorkflowStore: Send + Sync {
    /// Returns the events with a sequence above `after`, in order.
    async fn events(&self, workflow: &Id, after: u64) -> Result<Vec<WorkflowEvent>>;

    async fn snapshot(&self, workflow: &Id) -> Result<Option<WorkflowSnapshot>>;
}
