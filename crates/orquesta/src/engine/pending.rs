//! Actions that were requested and have not ended.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::effect::{ActionKey, Effect};
use crate::status::Status;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PendingAction {
    pub effect: Effect,
    pub status: Status,
}

/// Task, route and item: of these only the latest attempt counts.
type Place = (String, usize, Option<usize>);

#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    /// In the order requested.
    actions: BTreeMap<u64, (ActionKey, PendingAction)>,
    positions: HashMap<Place, u64>,
    requested_so_far: u64,
}

fn place(key: &ActionKey) -> Place {
    (key.task_id.clone(), key.route, key.item_id)
}

impl Pending {
    /// What an earlier attempt may still say is not awaited any more.
    pub(super) fn add(&mut self, key: ActionKey, action: PendingAction) {
        let position = self.requested_so_far;
        self.requested_so_far += 1;
        if let Some(superseded) = self.positions.insert(place(&key), position) {
            self.actions.remove(&superseded);
        }
        self.actions.insert(position, (key, action));
    }

    fn position(&self, key: &ActionKey) -> Option<u64> {
        let position = *self.positions.get(&place(key))?;
        self.actions.get(&position).filter(|(latest, _)| latest == key)?;
        Some(position)
    }

    pub(super) fn len(&self) -> usize {
        self.actions.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    pub(super) fn contains(&self, key: &ActionKey) -> bool {
        self.position(key).is_some()
    }

    pub(super) fn status(&self, key: &ActionKey) -> Option<Status> {
        let position = self.position(key)?;
        self.actions.get(&position).map(|(_, action)| action.status)
    }

    /// Notes how an action stands, and forgets it when it has ended.
    pub(super) fn note(&mut self, key: &ActionKey, status: Status) {
        let Some(position) = self.position(key) else { return };
        if status.is_completed() {
            self.positions.remove(&place(key));
            self.actions.remove(&position);
        } else if let Some((_, action)) = self.actions.get_mut(&position) {
            action.status = status;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ActionKey, &PendingAction)> {
        self.actions.values().map(|(key, action)| (key, action))
    }
}
