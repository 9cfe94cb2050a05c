//! What this process runs right now, so that a cancellation finds it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use squall_model::Id;
use squall_runners::Cancellation;
use tokio::sync::watch;

/// The running executions of this process, each with its switch for cancellation.
#[derive(Default)]
pub(crate) struct Claims {
    running: Mutex<HashMap<Id, watch::Sender<bool>>>,
}

impl Claims {
    /// Notes the execution, before it is claimed in the store; none when it is noted already.
    ///
    /// So whatever this process owns and is not noted here is not run here: the store made the claim and could not say so.
    pub(crate) fn begin(&self, execution: Id) -> Option<Cancellation> {
        let mut running = self.lock();
        if running.contains_key(&execution) {
            return None;
        }
        let (switch, cancellation) = Cancellation::new();
        running.insert(execution, switch);
        Some(cancellation)
    }

    /// Forgets the execution.
    pub(crate) fn end(&self, execution: Id) {
        self.lock().remove(&execution);
    }

    pub(crate) fn contains(&self, execution: Id) -> bool {
        self.lock().contains_key(&execution)
    }

    pub(crate) fn is_canceled(&self, execution: Id) -> bool {
        self.lock().get(&execution).is_some_and(|switch| *switch.borrow())
    }

    /// Tells the execution to stop; false when it does not run here.
    pub(crate) fn cancel(&self, execution: Id) -> bool {
        self.lock().get(&execution).map(|switch| switch.send_replace(true)).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, watch::Sender<bool>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
