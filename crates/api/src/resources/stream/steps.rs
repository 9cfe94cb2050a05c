//! What the engine of a workflow does, as output of the workflow: nobody stores it, so it is told from the moves of executions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use squall_model::{Execution, Id, OutputChunk, OutputType};
use squall_service::Context;
use tracing::warn;

use crate::resources::executions::{begun_together, told_of_action, told_of_request, told_of_workflow};

/// Tells of moves; remembers the workflow of the last one, to which the next one mostly belongs, too.
#[derive(Default)]
pub(super) struct Steps {
    workflow: Option<Arc<Execution>>,
    /// By workflow: the actions that were told together with the first of their step, before the messages about them came.
    ahead: HashMap<Id, HashSet<Id>>,
}

impl Steps {
    /// Returns what the request for an action, or its move, adds to the output of the workflow.
    pub(super) async fn of_action(&mut self, context: &Context, moved: &Execution) -> Vec<OutputChunk> {
        if moved.workflow_execution.is_none() {
            return Vec::new();
        }
        let Some(workflow) = self.workflow_of(context, moved).await else { return Vec::new() };
        if !is_request(moved) {
            return Self::of_action_in(&workflow, moved);
        }
        let mut ahead = self.ahead.remove(&workflow.id).unwrap_or_default();
        let lines = if ahead.remove(&moved.id) {
            Vec::new()
        } else {
            let begun = begun_with(context, moved, |other| ahead.contains(other)).await;
            ahead.extend(begun.iter().map(|action| action.id).filter(|id| *id != moved.id));
            Self::of_request(&workflow, moved, &begun)
        };
        if !ahead.is_empty() {
            self.ahead.insert(workflow.id, ahead);
        }
        lines
    }

    /// Forgets a workflow that has ended.
    pub(super) fn forget(&mut self, moved: &Execution) {
        if moved.status.is_completed() {
            self.ahead.remove(&moved.id);
        }
    }

    /// Returns what the move of a workflow adds to its output.
    pub(super) fn of_workflow(moved: &Execution) -> Vec<OutputChunk> {
        if !moved.is_workflow() {
            return Vec::new();
        }
        chunks(moved, moved, &told_of_workflow(moved))
    }

    /// Returns what the move of a workflow's action adds to the output of the workflow.
    pub(super) fn of_action_in(workflow: &Execution, moved: &Execution) -> Vec<OutputChunk> {
        chunks(workflow, moved, &told_of_action(moved))
    }

    /// Returns what the request for actions that begin together adds to the output of their workflow; `first` is the one heard of first.
    pub(super) fn of_request(workflow: &Execution, first: &Execution, begun: &[Arc<Execution>]) -> Vec<OutputChunk> {
        chunks(workflow, first, &told_of_request(begun))
    }

    async fn workflow_of(&mut self, context: &Context, moved: &Execution) -> Option<Arc<Execution>> {
        let parent = moved.parent?;
        if self.workflow.as_ref().is_none_or(|known| known.id != parent) {
            self.workflow = match context.store.executions.get(&parent).await {
                Ok(found) => found,
                Err(error) => {
                    warn!(%error, "could not read the workflow of a stream");
                    None
                }
            };
        }
        self.workflow.clone()
    }
}

/// Tells whether an action has only been asked for.
pub(super) fn is_request(action: &Execution) -> bool {
    action.log.len() <= 1
}

/// Returns the actions that begin together with `first` and were not told yet, itself among them. They are stored before anybody is told of
/// the first one.
pub(super) async fn begun_with(
    context: &Context,
    first: &Execution,
    is_told: impl Fn(&Id) -> bool,
) -> Vec<Arc<Execution>> {
    let alone = || vec![Arc::new(first.clone())];
    match begun_together(&context.store, first).await {
        Ok(mut begun) => {
            begun.retain(|action| !is_told(&action.id));
            if begun.iter().any(|action| action.id == first.id) { begun } else { alone() }
        }
        Err(error) => {
            warn!(%error, "could not read what begins together for a stream");
            alone()
        }
    }
}

/// Returns the lines as output of the workflow. Their ids follow from the move: told twice they are the same.
pub(super) fn chunks(workflow: &Execution, moved: &Execution, text: &str) -> Vec<OutputChunk> {
    let timestamp = moved.log.last().map_or(moved.start_timestamp, |entry| entry.timestamp);
    let line = |(number, line): (usize, &str)| OutputChunk {
        id: Id::derived(&["step", &moved.id.to_string(), &moved.revision.to_string(), &number.to_string()]),
        execution_id: workflow.id,
        action_ref: workflow.action_ref().to_owned(),
        runner_ref: workflow.snapshot.runner.name.clone(),
        timestamp,
        output_type: OutputType::Output,
        data: line.to_owned(),
    };
    text.split_inclusive('\n').enumerate().map(line).collect()
}
