//! What StackStorm's form of a conductor leaves out about items: what they are and what they answered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Conductor, RestoreError};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ItemsSnapshot {
    task_id: String,
    route: usize,
    values: Option<Arc<Vec<Value>>>,
    concurrency: Value,
    results: Vec<Value>,
}

impl Conductor {
    pub fn items_snapshots(&self) -> Vec<ItemsSnapshot> {
        let staged = self.state.staging.iter();
        staged
            .filter_map(|staged| {
                let items = staged.items.as_ref()?;
                Some(ItemsSnapshot {
                    task_id: self.task_id(staged.node).to_string(),
                    route: staged.route,
                    values: items.values.clone(),
                    concurrency: items.concurrency.clone(),
                    results: items.results.clone(),
                })
            })
            .collect()
    }

    pub fn restore_items(&mut self, snapshots: Vec<ItemsSnapshot>) -> Result<(), RestoreError> {
        for snapshot in snapshots {
            let node = self.workflow.graph.number(&snapshot.task_id);
            let staged = node.and_then(|node| self.state.staging.get_mut(node, snapshot.route));
            let items = staged.and_then(|staged| staged.items.as_mut());
            let items = items.ok_or(RestoreError::Inconsistent("a task with items"))?;
            let fits = |length: usize| length == items.len();
            if !fits(snapshot.results.len()) || !snapshot.values.as_ref().is_none_or(|values| fits(values.len())) {
                return Err(RestoreError::Inconsistent("an item"));
            }
            items.values = snapshot.values;
            items.concurrency = snapshot.concurrency;
            items.results = snapshot.results;
        }
        Ok(())
    }
}
