//! The one way in which the status of an execution moves.

use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;
use squall_model::{Execution, Id, LogEntry, Map, RunnerInfo, Status, Timestamp};

use crate::{Error, Result, Store, Write};

/// What changes together with the status.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub result: Option<Arc<RawValue>>,
    /// Laid over the context.
    pub context: Map,
    pub runner_info: Option<RunnerInfo>,
    /// The new owner; ownership is dropped whenever the new status needs no owner.
    pub owner: Option<Id>,
    pub wake_at: Option<Timestamp>,
    /// Only this owner's claim with this number may make the move; a former owner is refused.
    pub fence: Option<(Id, u32)>,
}

impl Patch {
    /// Returns a patch that only sets the result.
    pub fn result(value: &Value) -> Self {
        Self { result: raw(value), ..Self::default() }
    }
}

fn raw(value: &Value) -> Option<Arc<RawValue>> {
    serde_json::value::to_raw_value(value).ok().map(Arc::from)
}

#[derive(Debug, Clone)]
pub enum Transition {
    /// The move was made, and is on disk.
    Moved(Arc<Execution>),
    /// The table or the fence forbids the move; this is the execution as it is.
    Refused(Arc<Execution>),
    /// There is no such execution.
    Missing,
}

impl Transition {
    /// Returns the execution if the move was made.
    pub fn moved(self) -> Option<Arc<Execution>> {
        match self {
            Self::Moved(execution) => Some(execution),
            Self::Refused(_) | Self::Missing => None,
        }
    }
}

/// Moves an execution to `to` if the table allows it, starting from `known` and reading again when that was stale.
///
/// `alongside` is written in the same batch, after the move.
pub async fn transition(
    store: &Store,
    known: Arc<Execution>,
    to: Status,
    now: Timestamp,
    patch: Patch,
    alongside: Vec<Write>,
) -> Result<Transition> {
    let id = known.id;
    let mut current = known;
    loop {
        if !is_allowed(&current, to, &patch) {
            match store.executions.get(&id).await? {
                None => return Ok(Transition::Missing),
                Some(fresh) if fresh.revision == current.revision => return Ok(Transition::Refused(fresh)),
                Some(fresh) => current = fresh,
            }
            continue;
        }
        let next = Arc::new(moved(&current, to, now, &patch));
        let mut writes = vec![Write::UpdateExecution(Arc::clone(&next))];
        writes.extend(alongside.iter().cloned());
        match store.batch.commit(writes).await {
            Ok(_) => return Ok(Transition::Moved(next)),
            Err(Error::Refused { index: 0 }) => match store.executions.get(&id).await? {
                None => return Ok(Transition::Missing),
                Some(fresh) => current = fresh,
            },
            Err(error) => return Err(error),
        }
    }
}

fn is_allowed(current: &Execution, to: Status, patch: &Patch) -> bool {
    let fenced = patch.fence.is_some_and(|(owner, attempt)| current.owner != Some(owner) || current.attempt != attempt);
    !fenced && current.status.may_become(to)
}

/// Returns the execution after the move.
fn moved(current: &Execution, to: Status, now: Timestamp, patch: &Patch) -> Execution {
    let mut next = current.clone();
    next.status = to;
    next.revision += 1;
    next.log.push(LogEntry { timestamp: now, status: to });
    next.end_timestamp = to.is_completed().then_some(now);
    next.owner = if to.is_owned() { patch.owner.or(current.owner) } else { None };
    next.wake_at = patch.wake_at;
    if to == Status::Running && patch.owner.is_some() {
        next.attempt += 1;
    }
    if let Some(result) = &patch.result {
        next.result = Some(Arc::clone(result));
    }
    if let Some(info) = &patch.runner_info {
        next.runner_info = Some(info.clone());
    }
    next.context.extend(patch.context.clone());
    next
}

/// Makes `owner` the owner of an execution whose status stays; none when it changed meanwhile, so that only one of many takes it.
pub async fn take_over(store: &Store, known: &Execution, owner: Id, now: Timestamp) -> Result<Option<Arc<Execution>>> {
    let mut next = known.clone();
    next.owner = Some(owner);
    next.attempt += 1;
    next.revision += 1;
    next.log.push(LogEntry { timestamp: now, status: known.status });
    let next = Arc::new(next);
    match store.batch.commit(vec![Write::UpdateExecution(Arc::clone(&next))]).await {
        Ok(_) => Ok(Some(next)),
        Err(Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
