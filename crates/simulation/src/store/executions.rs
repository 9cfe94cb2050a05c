//! Executions.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use squall_model::{Execution, Id, Timestamp};
use squall_store::{ExecutionStore, Page, Query, Result};

use super::query::{Candidate, select};
use super::{Port, State};
use crate::Mutation;

/// Returns what filters look at.
fn shown(execution: &Execution) -> Value {
    let mut shown = execution.to_api("");
    shown.insert("start_timestamp".to_owned(), json!(execution.start_timestamp));
    Value::Object(shown)
}

fn without_result(execution: &Arc<Execution>) -> Arc<Execution> {
    Arc::new(Execution { result: None, ..Execution::clone(execution) })
}

#[async_trait]
impl ExecutionStore for Port {
    async fn get(&self, id: &Id) -> Result<Option<Arc<Execution>>> {
        self.ask(|state| state.executions.get(id).map(|stored| Arc::clone(&stored.execution))).await
    }

    async fn list(&self, query: &Query, with_results: bool) -> Result<Page<Arc<Execution>>> {
        let list = |state: &mut State| {
            let candidates = state.executions.values().map(|stored| {
                let item = Arc::clone(&stored.execution);
                Candidate { number: stored.number, value: Cow::Owned(shown(&stored.execution)), item }
            });
            select(candidates, query)
        };
        let mut page = self.ask(list).await?;
        if !with_results {
            page.items = page.items.iter().map(without_result).collect();
        }
        Ok(page)
    }

    async fn child_ids(&self, parent: &Id) -> Result<Vec<Id>> {
        let children = |state: &mut State| {
            let children = state.executions.values().filter(|stored| stored.execution.parent == Some(*parent));
            let mut ordered: Vec<_> =
                children.map(|child| (child.execution.start_timestamp, child.number, child.execution.id)).collect();
            ordered.sort_unstable();
            ordered.into_iter().map(|(_, _, id)| id).collect()
        };
        self.ask(children).await
    }

    async fn unfinished(
        &self,
        after: Option<Id>,
        limit: u64,
        started_before: Option<Timestamp>,
    ) -> Result<Vec<Arc<Execution>>> {
        if self.sim.mutation == Some(Mutation::BlindSweeps) {
            return Ok(Vec::new());
        }
        let unfinished = |state: &mut State| {
            let open = state.executions.values().map(|stored| &stored.execution).filter(|execution| {
                execution.end_timestamp.is_none()
                    && after.is_none_or(|after| execution.id > after)
                    && started_before.is_none_or(|moment| execution.start_timestamp < moment)
            });
            open.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect()
        };
        self.ask(unfinished).await
    }

    async fn unannounced(&self, before: Timestamp, limit: u64) -> Result<Vec<Arc<Execution>>> {
        let marked = |state: &mut State| {
            let ended = state.executions.values().map(|stored| &stored.execution).filter(|execution| {
                execution.end_timestamp.is_some() && execution.wake_at.is_some_and(|moment| moment < before)
            });
            ended.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect()
        };
        self.ask(marked).await
    }

    async fn distinct(&self, path: &str) -> Result<Vec<Value>> {
        let distinct = |state: &mut State| {
            let mut found: Vec<Value> = Vec::new();
            for stored in state.executions.values() {
                let value = shown(&stored.execution);
                let value = path.split('.').try_fold(&value, |value, name| value.get(name)).unwrap_or(&Value::Null);
                if !found.contains(value) {
                    found.push(value.clone());
                }
            }
            found
        };
        self.ask(distinct).await
    }

    async fn delete_ended_before(&self, moment: Timestamp, limit: u64) -> Result<u64> {
        let delete = |state: &mut State| {
            let ended = state
                .executions
                .values()
                .filter(|stored| stored.execution.end_timestamp.is_some_and(|end| end < moment));
            let ids: Vec<Id> = ended.map(|stored| stored.execution.id).take(limit as usize).collect();
            for id in &ids {
                state.executions.remove(id);
                state.events.remove(&id.child("workflow"));
                state.snapshots.remove(&id.child("workflow"));
                state.outputs.retain(|chunk| chunk.execution_id != *id);
            }
            ids.len() as u64
        };
        self.write("delete_ended_before", delete).await
    }
}
