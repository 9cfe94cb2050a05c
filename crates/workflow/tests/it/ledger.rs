//! Counts what services ask of the store and of the bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use squall_store::{Batch, Result, Store, Write, Written};

/// What was written so far.
#[derive(Default)]
pub(crate) struct Ledger {
    batches: AtomicUsize,
    /// Executions created or moved.
    executions: AtomicUsize,
    events: AtomicUsize,
}

impl Ledger {
    pub(crate) fn batches(&self) -> usize {
        self.batches.load(Ordering::Relaxed)
    }

    pub(crate) fn executions(&self) -> usize {
        self.executions.load(Ordering::Relaxed)
    }

    pub(crate) fn events(&self) -> usize {
        self.events.load(Ordering::Relaxed)
    }
}

/// The store's batch, with its ledger kept.
struct Counted {
    inner: Arc<dyn Batch>,
    ledger: Arc<Ledger>,
}

/// Returns the store with what is written to it counted.
pub(crate) fn counted(store: Store) -> (Store, Arc<Ledger>) {
    let ledger = Arc::new(Ledger::default());
    let batch = Counted { inner: Arc::clone(&store.batch), ledger: Arc::clone(&ledger) };
    (Store { batch: Arc::new(batch), ..store }, ledger)
}

#[async_trait]
impl Batch for Counted {
    async fn commit(&self, writes: Vec<Write>) -> Result<Vec<Written>> {
        let (mut executions, mut events) = (0, 0);
        for write in &writes {
            match write {
                Write::CreateExecution(_) | Write::UpdateExecution(_) => executions += 1,
                Write::AppendWorkflowEvents { events: appended, .. } => events += appended.len(),
                _ => {}
            }
        }
        let written = self.inner.commit(writes).await?;
        // What was refused cost nothing that lasts.
        self.ledger.batches.fetch_add(1, Ordering::Relaxed);
        self.ledger.executions.fetch_add(executions, Ordering::Relaxed);
        self.ledger.events.fetch_add(events, Ordering::Relaxed);
        Ok(written)
    }

    fn is_atomic(&self) -> bool {
        self.inner.is_atomic()
    }
}
