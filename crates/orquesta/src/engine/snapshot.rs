//! An engine as a value and back, so that a long log need not be replayed from its beginning.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Engine;
use super::effect::ActionKey;
use super::pending::{Pending, PendingAction};
use crate::conductor::{Conductor, ItemsSnapshot, RestoreError};
use crate::workflow::Workflow;

#[derive(Serialize, Deserialize)]
struct Snapshot {
    /// As StackStorm stores it, without definition and graph.
    conductor: Option<Value>,
    items: Vec<ItemsSnapshot>,
    pending: Vec<(ActionKey, PendingAction)>,
    attempts: Vec<(String, usize, u32)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<(String, usize, bool)>,
    refused: Option<Vec<Value>>,
    finished: bool,
}

impl Engine {
    pub fn snapshot(&self) -> Value {
        let mut attempts: Vec<_> =
            self.attempts.iter().map(|((task_id, route), attempts)| (task_id.clone(), *route, *attempts)).collect();
        attempts.sort_unstable();
        let snapshot = Snapshot {
            conductor: self.conductor.as_ref().map(Conductor::to_value_without_definition),
            items: self.conductor.as_ref().map(Conductor::items_snapshots).unwrap_or_default(),
            pending: self.pending.iter().map(|(key, action)| (key.clone(), action.clone())).collect(),
            attempts,
            held: self.held.iter().map(|((task_id, route), may_start)| (task_id.clone(), *route, *may_start)).collect(),
            refused: self.refused.clone(),
            finished: self.finished,
        };
        serde_json::to_value(snapshot).unwrap_or_default()
    }

    pub fn restore(workflow: Arc<Workflow>, snapshot: Value) -> Result<Self, RestoreError> {
        let snapshot: Snapshot =
            serde_json::from_value(snapshot).map_err(|error| RestoreError::Unreadable(error.to_string()))?;
        let conductor = match snapshot.conductor {
            Some(stored) => {
                let mut conductor = Conductor::restore(Arc::clone(&workflow), stored)?;
                conductor.restore_items(snapshot.items)?;
                Some(conductor)
            }
            None => None,
        };
        let mut pending = Pending::default();
        for (key, action) in snapshot.pending {
            pending.add(key, action);
        }
        let attempts = snapshot.attempts.into_iter().map(|(task_id, route, attempts)| ((task_id, route), attempts));
        let held = snapshot.held.into_iter().map(|(task_id, route, may_start)| ((task_id, route), may_start));
        Ok(Self {
            workflow,
            conductor,
            pending,
            attempts: attempts.collect::<HashMap<_, _>>(),
            held: held.collect(),
            refused: snapshot.refused,
            finished: snapshot.finished,
        })
    }
}
