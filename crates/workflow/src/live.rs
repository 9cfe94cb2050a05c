//! Workflows in memory: the fold of their logs, kept by whoever served them last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_model::{Execution, Id};
use squall_orquesta::{Engine, NoHost};
use squall_service::Context;
use squall_store::{Error as StoreError, WorkflowEvent};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::definition::Definitions;
use crate::inbox::Inbox;
use crate::record::Record;

/// How many workflows are kept. Among several engines another one may end what is kept here, so that nobody would forget it.
const MOST: usize = 4096;

/// One workflow in memory.
pub(crate) struct Live {
    pub(crate) engine: Engine,
    pub(crate) definition: Arc<str>,
    /// The number of the last event.
    pub(crate) sequence: u64,
    /// The execution of the workflow, as last seen.
    pub(crate) execution: Arc<Execution>,
}

/// The place of a workflow: one task at a time works on it; empty until it is loaded.
type Slot = Arc<AsyncMutex<Option<Live>>>;

#[derive(Default)]
pub(crate) struct Workflows {
    slots: Mutex<HashMap<Id, Slot>>,
    pub(crate) definitions: Definitions,
    pub(crate) inbox: Inbox,
}

/// Returns the id of the workflow that an execution runs.
pub(crate) fn workflow_id(execution: &Id) -> Id {
    execution.child("workflow")
}

impl Workflows {
    /// Locks the workflow of an execution; others wait.
    pub(crate) async fn lock(&self, execution: Id) -> OwnedMutexGuard<Option<Live>> {
        let slot = {
            let mut slots = self.slots();
            if slots.len() >= MOST {
                // What nobody works on is read again when it is wanted.
                slots.retain(|_, slot| Arc::strong_count(slot) > 1);
            }
            Arc::clone(slots.entry(execution).or_default())
        };
        slot.lock_owned().await
    }

    /// Fills the slot, or takes in what other engines have appended since; it stays empty when the workflow has not started.
    pub(crate) async fn refresh(
        &self,
        context: &Context,
        slot: &mut Option<Live>,
        execution: &Arc<Execution>,
    ) -> Result<(), StoreError> {
        match slot {
            None => *slot = self.load(context, Arc::clone(execution)).await?,
            Some(live) if !context.settings.embedded => {
                let events = context.store.workflows.events(&workflow_id(&execution.id), live.sequence).await?;
                live.replay(events)?;
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Forgets a workflow that is over, unless somebody waits for it.
    pub(crate) fn forget(&self, execution: Id) {
        let mut slots = self.slots();
        if slots.get(&execution).is_some_and(|slot| Arc::strong_count(slot) <= 2) {
            slots.remove(&execution);
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Id, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Folds the log; none when the workflow has not started.
    pub(crate) async fn load(&self, context: &Context, execution: Arc<Execution>) -> Result<Option<Live>, StoreError> {
        let workflow = workflow_id(&execution.id);
        let snapshot = context.store.workflows.snapshot(&workflow).await?;
        let events = context.store.workflows.events(&workflow, 0).await?;
        let Some(first) = events.first() else { return Ok(None) };
        let corrupt = |error: String| StoreError::Corrupt(format!("workflow {workflow}: {error}"));
        let record: Record = serde_json::from_str(first.event.get()).map_err(|error| corrupt(error.to_string()))?;
        let definition = record.definition.unwrap_or_default();
        let compiled = self.definitions.compile(&definition).map_err(|error| corrupt(error.to_string()))?;
        let (mut engine, mut sequence) = (Engine::new(Arc::clone(&compiled)), 0);
        if let Some(snapshot) = snapshot {
            let state = serde_json::from_str(snapshot.state.get()).map_err(|error| corrupt(error.to_string()))?;
            engine = Engine::restore(compiled, state).map_err(|error| corrupt(error.to_string()))?;
            sequence = snapshot.sequence;
        }
        let mut live = Live { engine, definition: definition.into(), sequence, execution };
        live.replay(events)?;
        Ok(Some(live))
    }
}

impl Live {
    /// Folds the events that come after what is in memory.
    fn replay(&mut self, events: Vec<WorkflowEvent>) -> Result<(), StoreError> {
        let id = self.execution.id;
        let corrupt = |error: String| StoreError::Corrupt(format!("workflow {}: {error}", workflow_id(&id)));
        for event in events {
            if event.sequence <= self.sequence {
                continue;
            }
            let mut record: Record =
                serde_json::from_str(event.event.get()).map_err(|error| corrupt(error.to_string()))?;
            self.engine.apply(&mut record.event, &NoHost).map_err(|error| corrupt(error.to_string()))?;
            self.sequence = event.sequence;
        }
        Ok(())
    }
}
