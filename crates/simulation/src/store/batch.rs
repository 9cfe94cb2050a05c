//! Several writes: in one transaction where the store is embedded, one after the other where it is not.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use squall_model::{Execution, Id, Status};
use squall_store::{Batch, Error, Result, WorkflowEvent, WorkflowSnapshot, Write, Written};

use super::state::{Row, StoredExecution};
use super::{Port, State};
use crate::Mutation;

#[async_trait]
impl Batch for Port {
    async fn commit(&self, writes: Vec<Write>) -> Result<Vec<Written>> {
        self.before_write().await?;
        if self.sim.mutation == Some(Mutation::AnswersBeforeWriting) && self.sim.fault(300) {
            return Ok(writes.iter().map(|_| Written::Done).collect());
        }
        self.watch_for_robbery(&writes);
        let outcome = if self.is_atomic() { self.together(&writes) } else { self.in_turn(&writes).await };
        self.sim.tell(format_args!("p{} commits {} -> {}", self.process, Listed(&writes), Shown(&outcome)));
        let written = outcome?;
        self.after_write().await?;
        Ok(written)
    }

    fn is_atomic(&self) -> bool {
        self.sim.plan.embedded
    }
}

impl Port {
    /// Work is taken from the dead only. Where heartbeats can be late, a living process may pass for a dead one.
    fn watch_for_robbery(&self, writes: &[Write]) {
        let (plan, rates) = (&self.sim.plan, &self.sim.plan.rates);
        let is_punctual = plan.pauses + rates.slow + rates.unavailable + rates.answer_lost == 0;
        for write in writes {
            let Write::UpdateExecution(next) = write else { continue };
            if !is_punctual || !matches!(next.status, Status::Requested | Status::Abandoned) {
                continue;
            }
            let mut state = self.sim.store.lock();
            let Some(current) = state.executions.get(&next.id).map(|stored| Arc::clone(&stored.execution)) else {
                continue;
            };
            let is_next = current.revision + 1 == next.revision;
            if is_next && current.owner.is_some_and(|owner| self.sim.is_at_work(&owner)) {
                state.violations.push(format!("{} was taken from a process that lives", next.id));
            }
        }
    }

    /// All or nothing.
    fn together(&self, writes: &[Write]) -> Result<Vec<Written>> {
        let mut state = self.sim.store.lock();
        let mut done = Vec::with_capacity(writes.len());
        let mut undo = Vec::new();
        for (index, write) in writes.iter().enumerate() {
            undo.push(before(&state, write));
            match apply(&mut state, write, index, self.sim.mutation) {
                Ok(written) => done.push(written),
                Err(error) => {
                    undo.into_iter().rev().for_each(|undo| undo.perform(&mut state));
                    return Err(error);
                }
            }
        }
        Ok(done)
    }

    /// Each for itself: others see the first before the last, and the process or the store may stop in between.
    async fn in_turn(&self, writes: &[Write]) -> Result<Vec<Written>> {
        let mut done = Vec::with_capacity(writes.len());
        for (index, write) in writes.iter().enumerate() {
            if index > 0 {
                self.sim.pass(self.process).await;
                if self.sim.fault(self.sim.plan.rates.torn) {
                    self.sim.tell(format_args!("p{} the batch tears after {index}", self.process));
                    return Err(Error::Unavailable("the batch was torn".to_owned()));
                }
            }
            done.push(apply(&mut self.sim.store.lock(), write, index, self.sim.mutation)?);
        }
        Ok(done)
    }
}

fn apply(state: &mut State, write: &Write, index: usize, mutation: Option<Mutation>) -> Result<Written> {
    match write {
        Write::CreateExecution(execution) => {
            if state.executions.contains_key(&execution.id) && mutation != Some(Mutation::CreatesAgain) {
                return Ok(Written::Existed);
            }
            let number = state.next_number();
            let execution = Arc::clone(execution);
            state.executions.insert(execution.id, StoredExecution { number, execution });
        }
        Write::UpdateExecution(execution) => return update(state, execution, index, mutation),
        Write::AppendWorkflowEvents { workflow, first, events } => {
            let log = state.events.entry(*workflow).or_default();
            let is_next = *first == log.len() as u64 + 1;
            if !is_next && mutation != Some(Mutation::NumbersAreTakenTwice) {
                return Err(Error::Refused { index });
            }
            let numbered = (*first..).zip(events);
            log.extend(numbered.map(|(sequence, event)| WorkflowEvent { sequence, event: event.clone() }));
        }
        Write::SaveWorkflowSnapshot(snapshot) => {
            state.snapshots.insert(snapshot.workflow, snapshot.clone());
        }
        Write::Insert(document) => match state.insert(document.clone()) {
            Ok(()) => {}
            Err(Error::Conflict { id: Some(id), .. }) if id == document.id => return Ok(Written::Existed),
            Err(error) => return Err(error),
        },
        Write::Put(document) => state.put(document.clone())?,
    }
    Ok(Written::Done)
}

/// Writes the changing part of an execution if the stored revision is the one before.
fn update(state: &mut State, next: &Execution, index: usize, mutation: Option<Mutation>) -> Result<Written> {
    let Some(stored) = state.executions.get_mut(&next.id) else { return Err(Error::Refused { index }) };
    let current = &stored.execution;
    if current.revision + 1 != next.revision && mutation != Some(Mutation::RevisionsDoNotMatter) {
        return Err(Error::Refused { index });
    }
    if !next.log.starts_with(&current.log) {
        let (had, has) = (current.log.len(), next.log.len());
        state.violations.push(format!("{}: an update forgot moves: {had} were known, {has} are", next.id));
    }
    let changed = Execution {
        status: next.status,
        end_timestamp: next.end_timestamp,
        result: next.result.clone(),
        context: next.context.clone(),
        log: next.log.clone(),
        runner_info: next.runner_info.clone(),
        owner: next.owner,
        attempt: next.attempt,
        wake_at: next.wake_at,
        revision: next.revision,
        ..Execution::clone(&stored.execution)
    };
    stored.execution = Arc::new(changed);
    Ok(Written::Done)
}

/// What was there before a write.
enum Before {
    Execution(Id, Option<StoredExecution>),
    Events(Id, usize),
    Snapshot(Id, Option<WorkflowSnapshot>),
    Document(&'static str, Id, Option<Arc<Row>>),
}

fn before(state: &State, write: &Write) -> Before {
    match write {
        Write::CreateExecution(execution) | Write::UpdateExecution(execution) => {
            Before::Execution(execution.id, state.executions.get(&execution.id).cloned())
        }
        Write::AppendWorkflowEvents { workflow, .. } => {
            Before::Events(*workflow, state.events.get(workflow).map_or(0, Vec::len))
        }
        Write::SaveWorkflowSnapshot(snapshot) => {
            Before::Snapshot(snapshot.workflow, state.snapshots.get(&snapshot.workflow).cloned())
        }
        Write::Insert(document) | Write::Put(document) => {
            let row = state.tables.get(document.kind).and_then(|table| table.rows.get(&document.id));
            Before::Document(document.kind, document.id, row.cloned())
        }
    }
}

impl Before {
    fn perform(self, state: &mut State) {
        match self {
            Self::Execution(id, Some(stored)) => {
                state.executions.insert(id, stored);
            }
            Self::Execution(id, None) => {
                state.executions.remove(&id);
            }
            Self::Events(workflow, length) => state.events.entry(workflow).or_default().truncate(length),
            Self::Snapshot(workflow, Some(snapshot)) => {
                state.snapshots.insert(workflow, snapshot);
            }
            Self::Snapshot(workflow, None) => {
                state.snapshots.remove(&workflow);
            }
            Self::Document(kind, id, row) => {
                state.remove(kind, &id);
                if let Some(row) = row {
                    let table = state.table(kind);
                    if let Some(key) = &row.document.unique_key {
                        table.keys.insert(key.clone(), id);
                    }
                    table.rows.insert(id, row);
                }
            }
        }
    }
}

struct Listed<'w>(&'w [Write]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for write in self.0 {
            match write {
                Write::CreateExecution(new) => write!(formatter, "create {} {}; ", new.id, new.action_ref()),
                Write::UpdateExecution(next) => {
                    write!(formatter, "{} -> {} r{}; ", next.id, next.status, next.revision)
                }
                Write::AppendWorkflowEvents { workflow, first, events } => {
                    write!(formatter, "log {workflow} {first}+{}; ", events.len())
                }
                Write::SaveWorkflowSnapshot(snapshot) => write!(formatter, "snapshot {}; ", snapshot.workflow),
                Write::Insert(document) => write!(formatter, "insert {} {}; ", document.kind, document.id),
                Write::Put(document) => write!(formatter, "put {} {}; ", document.kind, document.id),
            }?;
        }
        Ok(())
    }
}

struct Shown<'r>(&'r Result<Vec<Written>>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ok(written) => write!(formatter, "{written:?}"),
            Err(error) => write!(formatter, "{error}"),
        }
    }
}
