//! The versions of actions that executions refer to, so that a request for the same action need not be hashed again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use squall_model::{Action, ActionSnapshot, RunnerType};

/// How many actions are kept.
const MOST: usize = 2048;

/// The last version of each action that was asked for.
#[derive(Default)]
pub(crate) struct Snapshots {
    known: Mutex<HashMap<String, Arc<ActionSnapshot>>>,
}

impl Snapshots {
    /// Returns the snapshot of an action with its runner: the known one if it says the same, a new one otherwise.
    pub(crate) fn of(&self, action: Action, runner: RunnerType) -> Arc<ActionSnapshot> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&action.reference).cloned();
        if let Some(known) = known.filter(|known| known.action == action && known.runner == runner) {
            return known;
        }
        let snapshot = ActionSnapshot::new(action, runner);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(snapshot.action.reference.clone(), Arc::clone(&snapshot));
        snapshot
    }
}
