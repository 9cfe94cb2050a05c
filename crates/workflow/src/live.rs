//! Workflows in memory: the fold of their logs, kept by whoever served them last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_model::{Execution, Id};
use squall_orquesta::{Engine, NoHost};
use squall_service::Context;
use squall_store::Error as StoreError;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::definition::Definitions;
use crate::inbox::Inbox;
use crate::record::Record;

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
        let slot = Arc::clone(self.slots().entry(execution).or_default());
        slot.lock_owned().await
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
        let parse = |text: &str| serde_json::from_str::<Record>(text).map_err(|error| corrupt(error.to_string()));
        let definition = parse(first.event.get())?.definition.unwrap_or_default();
        let compiled = self.definitions.compile(&definition).map_err(|error| corrupt(error.to_string()))?;
        let (mut engine, mut sequence) = (Engine::new(Arc::clone(&compiled)), 0);
        if let Some(snapshot) = snapshot {
            let state = serde_json::from_str(snapshot.state.get()).map_err(|error| corrupt(error.to_string()))?;
            engine = Engine::restore(compiled, state).map_err(|error| corrupt(error.to_string()))?;
            sequence = snapshot.sequence;
        }
        for event in events {
            if event.sequence <= sequence {
                continue;
            }
            let mut record = parse(event.event.get())?;
            engine.apply(&mut record.event, &NoHost).map_err(|error| corrupt(error.to_string()))?;
            sequence = event.sequence;
        }
        Ok(Some(Live { engine, definition: definition.into(), sequence, execution }))
    }
}
