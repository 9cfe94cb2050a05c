//! What a workflow answers when it is over.

use std::sync::Arc;

use super::{Conductor, Place};
use crate::context::{ContextPath, Variables};
use crate::host::Answers;
use crate::status::Status;

impl Conductor {
    /// Renders the output of a workflow that is over, once. What cannot be rendered is left out and fails the workflow.
    pub fn render_output(&mut self, answers: &Answers<'_>) {
        let status = self.state.status;
        if !status.is_completed() || self.output.is_some() {
            return;
        }
        let workflow = Arc::clone(&self.workflow);
        let mut rolling = self.terminal_variables();
        let mut errors = Vec::new();
        let rendered = self.render_list(&workflow.spec.output, &mut rolling, &mut errors, answers);
        if !rendered.is_empty() {
            self.output = Some(rendered.to_map());
        }
        for error in &errors {
            self.log_error(&error.to_string(), Place::default());
        }
        if !errors.is_empty() && !matches!(status, Status::Timeout | Status::Abandoned | Status::Canceled) {
            self.force_failed();
        }
    }

    /// The variables of all the tasks that ended a branch, laid over each other in the order the tasks started.
    pub fn terminal_variables(&self) -> Variables {
        let mut terminal = self.state.terminal_indexes().into_iter().map(|index| &self.state.entry(index).path);
        let Some(first) = terminal.next() else { return Variables::default() };
        let mut variables = (*first.merged(&self.state.contexts)).clone();
        for path in terminal {
            let others = ContextPath::of(path.layers_above_first());
            variables.merge(&others.merged(&self.state.contexts));
        }
        variables
    }
}
