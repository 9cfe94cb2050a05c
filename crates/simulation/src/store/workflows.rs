//! The event logs of workflows.

use async_trait::async_trait;
use squall_model::Id;
use squall_store::{Result, WorkflowEvent, WorkflowSnapshot, WorkflowStore};

use super::{Port, State};

#[async_trait]
impl WorkflowStore for Port {
    async fn events(&self, workflow: &Id, after: u64) -> Result<Vec<WorkflowEvent>> {
        let events = |state: &mut State| {
            let all = state.events.get(workflow).into_iter().flatten();
            all.filter(|event| event.sequence > after).cloned().collect()
        };
        self.ask(events).await
    }

    async fn snapshot(&self, workflow: &Id) -> Result<Option<WorkflowSnapshot>> {
        self.ask(|state| state.snapshots.get(workflow).cloned()).await
    }
}
