//! Executions.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use squall_model::{Execution, Id, Timestamp};

use crate::{Page, Query, Result};

/// Reads executions; they are written through [`crate::Batch`], and their status moves only through [`crate::transition`].
#[async_trait]
pub trait ExecutionStore: Send + Sync {
    async fn get(&self, id: &Id) -> Result<Option<Arc<Execution>>>;

    /// Lists by API paths. Results are loaded only when `with_results`.
    async fn list(&self, query: &Query, with_results: bool) -> Result<Page<Arc<Execution>>>;

    /// Returns the ids of the direct children in the order of their start.
    async fn child_ids(&self, parent: &Id) -> Result<Vec<Id>>;

    /// Returns executions that have not ended, at most `limit`, going on after the one with id `after`: what sweeps look at. The order
    /// is the store's own, and the same from call to call.
    /// With `started_before` those that are younger are left out.
    async fn unfinished(
        &self,
        after: Option<Id>,
        limit: u64,
        started_before: Option<Timestamp>,
    ) -> Result<Vec<Arc<Execution>>>;

    /// Returns executions that have ended and should have been looked at before the moment ([`Execution::wake_at`]), at most `limit`:
    /// what was to be written after their end may be missing.
    async fn unannounced(&self, before: Timestamp, limit: u64) -> Result<Vec<Arc<Execution>>>;

    /// Returns the distinct values of a path (for the filters of the history page).
    async fn distinct(&self, path: &str) -> Result<Vec<Value>>;

    /// Removes executions that ended before the moment, with their output and workflow log; returns how many, at most `limit`.
    async fn delete_ended_before(&self, moment: Timestamp, limit: u64) -> Result<u64>;
}
