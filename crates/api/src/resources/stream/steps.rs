//! What the engine of a workflow does, as output of the workflow: nobody stores it, so it is told from the moves of executions.

use std::sync::Arc;

use squall_model::{Execution, Id, OutputChunk, OutputType};
use squall_service::Context;
use tracing::warn;

use crate::resources::executions::{told_of_action, told_of_workflow};

/// Tells of moves; remembers the workflow of the last one, to which the next one mostly belongs, too.
#[derive(Default)]
pub(super) struct Steps {
    workflow: Option<Arc<Execution>>,
}

impl Steps {
    /// Returns what the move of a workflow adds to its output.
    pub(super) fn of_workflow(moved: &Execution) -> Vec<OutputChunk> {
        if !moved.is_workflow() {
            return Vec::new();
        }
        chunks(moved, moved, &told_of_workflow(moved))
    }

    /// Returns what the move of a workflow's action adds to the output of the workflow.
    pub(super) async fn of_action(&mut self, context: &Context, moved: &Execution) -> Vec<OutputChunk> {
        if moved.workflow_execution.is_none() {
            return Vec::new();
        }
        match self.workflow_of(context, moved).await {
            Some(workflow) => Self::of_action_in(&workflow, moved),
            None => Vec::new(),
        }
    }

    pub(super) fn of_action_in(workflow: &Execution, moved: &Execution) -> Vec<OutputChunk> {
        chunks(workflow, moved, &told_of_action(moved))
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
