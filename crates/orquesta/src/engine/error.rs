//! Why an event cannot be applied.

use crate::conductor::ConductorError;
use crate::status::Status;

/// The event makes no sense here; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConductError {
    #[error("the workflow has already started")]
    AlreadyStarted,
    #[error("the workflow has not started")]
    NotStarted,
    #[error("action `{task_id}` (route {route}, attempt {attempt}, item {item_id:?}) is not awaited")]
    NotAwaited { task_id: String, route: usize, attempt: u32, item_id: Option<usize> },
    #[error("an action cannot be in status `{0}`")]
    InvalidStatus(Status),
    #[error("Unable to rerun workflow because one or more tasks is not found: {0}")]
    TasksNotFound(String),
    #[error(transparent)]
    Conductor(#[from] ConductorError),
}
