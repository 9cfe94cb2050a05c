//! Requests of somebody outside: run, pause, resume, cancel, fail.

use super::{Conductor, ConductorError};
use crate::states::workflow;
use crate::status::Status;

impl Conductor {
    /// Moves the workflow towards a status. Tasks at work hear of it first.
    pub fn request_status(&mut self, status: Status) -> Result<(), ConductorError> {
        let current = self.state.status;
        for index in self.state.active_indexes() {
            self.process_workflow_request_on_task(index, status);
        }
        self.process_workflow_request(status);
        let updated = self.state.status;
        let still_on_the_way = matches!(
            (status, current, updated),
            (Status::Paused, Status::Pausing, Status::Pausing)
                | (Status::Canceled, Status::Canceling, Status::Canceling)
        );
        if status != current && current == updated && !still_on_the_way {
            return Err(ConductorError::InvalidWorkflowStatusTransition { current, requested: status });
        }
        Ok(())
    }

    /// Whether a request makes sense at all; if not, nothing of the workflow may change.
    pub fn accepts_request(&self, status: Status) -> Result<(), ConductorError> {
        let current = self.state.status;
        let moves = workflow::next(current, self.request_event(status)).is_some();
        if moves || status == current {
            return Ok(());
        }
        Err(ConductorError::InvalidWorkflowStatusTransition { current, requested: status })
    }
}
