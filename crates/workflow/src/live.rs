//! Workflows in memory: the fold of their logs, kept by whoever served them last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_chain::SharedHost;
use squall_model::{Execution, Id};
use squall_orquesta::NoHost;
use squall_service::Context;
use squall_store::{Error as StoreError, WorkflowEvent};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::definition;
use crate::inbox::Inbox;
use crate::machine::{Language, Machine};
use crate::record::Record;

/// How many workflows are kept. Among several engines another one may end what is kept here, so that nobody would forget it.
const MOST: usize = 4096;

/// A log shorter than this is replayed from its beginning.
const FIRST_SNAPSHOT: u64 = 256;

/// One workflow in memory.
pub(crate) struct Live {
    pub(crate) engine: Machine,
    pub(crate) definition: Arc<str>,
    /// The number of the last event.
    pub(crate) sequence: u64,
    /// The number of the event that the stored snapshot follows; zero without one.
    pub(crate) snapshot_at: u64,
    /// The execution of the workflow, as last seen.
    pub(crate) execution: Arc<Execution>,
}

/// The place of a workflow: one task at a time works on it; empty until it is loaded.
type Slot = Arc<AsyncMutex<Option<Live>>>;

#[derive(Default)]
pub(crate) struct Workflows {
    slots: Mutex<HashMap<Id, Slot>>,
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
        let compiled = definition::compile(Language::of(&execution), &definition);
        let compiled = compiled.map_err(|error| corrupt(error.to_string()))?;
        let (mut engine, mut snapshot_at) = (Machine::new(&compiled), 0);
        if let Some(snapshot) = snapshot {
            let state = serde_json::from_str(snapshot.state.get()).map_err(|error| corrupt(error.to_string()))?;
            engine = Machine::restore(&compiled, state).map_err(corrupt)?;
            snapshot_at = snapshot.sequence;
        }
        let mut live = Live { engine, definition: definition.into(), sequence: snapshot_at, snapshot_at, execution };
        live.replay(events)?;
        Ok(Some(live))
    }
}

impl Live {
    /// Tells whether the state is to be stored beside event `last`.
    pub(crate) fn wants_snapshot(&self, last: u64) -> bool {
        is_due(last, self.snapshot_at, self.engine.pending_count() as u64)
    }

    /// Folds the events that come after what is in memory.
    fn replay(&mut self, events: Vec<WorkflowEvent>) -> Result<(), StoreError> {
        let id = self.execution.id;
        let corrupt = |error: String| StoreError::Corrupt(format!("workflow {}: {error}", workflow_id(&id)));
        let nobody: SharedHost = Arc::new(NoHost);
        for event in events {
            if event.sequence <= self.sequence {
                continue;
            }
            let mut record: Record =
                serde_json::from_str(event.event.get()).map_err(|error| corrupt(error.to_string()))?;
            self.engine.apply(&mut record.event, &nobody).map_err(|error| corrupt(error.to_string()))?;
            self.sequence = event.sequence;
        }
        Ok(())
    }
}

/// A snapshot holds the whole state. For one more event to cost the same however many came before, the log has to double between two
/// of them, and to grow by as many events as there are actions that still wait.
fn is_due(last: u64, snapshot_at: u64, waiting: u64) -> bool {
    let grown = last - snapshot_at;
    grown >= snapshot_at.max(FIRST_SNAPSHOT) && grown >= waiting
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a task with so many items whose ends come in groups; returns how many items all its snapshots together hold.
    fn items_in_snapshots(count: u64, group: u64) -> u64 {
        let (mut held, mut snapshot_at) = (0, 0);
        for ended in (0..=count).step_by(group as usize) {
            let last = 1 + ended;
            if is_due(last, snapshot_at, count - ended) {
                snapshot_at = last;
                held += count;
            }
        }
        held
    }

    #[test]
    fn snapshots_of_ten_thousand_items_cost_each_item_no_more_than_those_of_a_thousand() {
        for group in [1, 7, 128] {
            for count in [100, 1000, 10_000, 100_000] {
                let held = items_in_snapshots(count, group);
                assert!(held <= 2 * count, "{count} items: each is in {} snapshots", held / count);
            }
        }
    }

    #[test]
    fn a_long_log_is_not_replayed_from_its_beginning() {
        let (mut snapshot_at, mut longest) = (0, 0);
        for last in 1..=10_000_u64 {
            if is_due(last, snapshot_at, 1) {
                snapshot_at = last;
            }
            longest = longest.max((last - snapshot_at) * 100 / last.max(2 * FIRST_SNAPSHOT));
        }
        assert!(longest <= 50, "{longest} % of the log had to be replayed");
    }
}
