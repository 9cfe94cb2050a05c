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
    /// Written in the same batch, before the move: a fence of its own, with what it makes true. Where batches are not atomic it may stay
    /// although the move is refused.
    pub ahead: Vec<Write>,
    /// Only this owner's claim with this number may make the move; a former owner is refused.
    pub fence: Option<(Id, u32)>,
    /// Only from these the move is made, whatever else the table allows: what happened meanwhile is not passed over.
    pub only_from: Option<&'static [Status]>,
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
/// `alongside` is written in the same batch, after the move, and must be safe to repeat. Where batches are not atomic, an execution that
/// ends is marked until all of that is written, so that [`crate::ExecutionStore::unannounced`] finds what a crash cut off.
pub async fn transition(
    store: &Store,
    known: Arc<Execution>,
    to: Status,
    now: Timestamp,
    mut patch: Patch,
    alongside: Vec<Write>,
) -> Result<Transition> {
    let id = known.id;
    let mut current = known;
    let mut ahead = std::mem::take(&mut patch.ahead);
    let marks = !store.batch.is_atomic() && to.is_completed() && !alongside.is_empty();
    loop {
        if !is_allowed(&current, to, &patch) {
            match store.executions.get(&id).await? {
                None => return Ok(Transition::Missing),
                Some(fresh) if fresh.revision == current.revision => return Ok(Transition::Refused(fresh)),
                Some(fresh) => current = fresh,
            }
            continue;
        }
        let step = Step::new(moved(&current, to, now, &patch), &ahead, &alongside, marks.then_some(now));
        match store.batch.commit(step.writes).await {
            Ok(_) => return Ok(Transition::Moved(step.last)),
            // Whoever looks for marks was here first: the move stands, and all is written.
            Err(Error::Refused { index }) if Some(index) == step.unmarking => return Ok(Transition::Moved(step.last)),
            Err(Error::Refused { index }) if index == ahead.len() => {
                if !store.batch.is_atomic() {
                    ahead.clear();
                }
                match store.executions.get(&id).await? {
                    None => return Ok(Transition::Missing),
                    Some(fresh) => current = fresh,
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// One attempt at a move.
struct Step {
    writes: Vec<Write>,
    /// Which of them takes the mark away again.
    unmarking: Option<usize>,
    /// The execution as it is after all of them.
    last: Arc<Execution>,
}

impl Step {
    fn new(mut next: Execution, ahead: &[Write], alongside: &[Write], mark: Option<Timestamp>) -> Self {
        let mut writes = ahead.to_vec();
        if mark.is_some() {
            next.wake_at = mark;
        }
        let mut last = Arc::new(next);
        writes.push(Write::UpdateExecution(Arc::clone(&last)));
        writes.extend(alongside.iter().cloned());
        let unmarking = mark.map(|_| writes.len());
        if mark.is_some() {
            last = Arc::new(unmarked(&last));
            writes.push(Write::UpdateExecution(Arc::clone(&last)));
        }
        Self { writes, unmarking, last }
    }
}

/// Returns an execution that has ended without the mark that something after its end may be missing.
pub fn unmarked(ended: &Execution) -> Execution {
    Execution { wake_at: None, revision: ended.revision + 1, ..ended.clone() }
}

fn is_allowed(current: &Execution, to: Status, patch: &Patch) -> bool {
    let fenced = patch.fence.is_some_and(|(owner, attempt)| current.owner != Some(owner) || current.attempt != attempt);
    let foreseen = patch.only_from.is_none_or(|statuses| statuses.contains(&current.status));
    !fenced && foreseen && current.status.may_become(to)
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
