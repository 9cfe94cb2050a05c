//! What a conductor cannot do (upstream `orquesta/exceptions.py`, whose texts clients see).

use crate::expressions::ExpressionError;
use crate::status::Status;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConductorError {
    #[error("Task \"{0}\" does not exist.")]
    InvalidTask(String),
    #[error("Task \"{0}\" is not staged or has not started yet.")]
    InvalidTaskStateEntry(String),
    #[error("Task \"{task_id}\" has no item {item_id}.")]
    InvalidItem { task_id: String, item_id: usize },
    #[error("Unable to process event \"workflow_{requested}\" for workflow in \"{current}\" status.")]
    InvalidWorkflowStatusTransition { current: Status, requested: Status },
    #[error("Unable to rerun workflow because it is not in a completed state.")]
    WorkflowIsActiveAndNotRerunable,
    #[error("Unable to rerun task|route(s) because it doesn't exist or isn't rerunnable: {0}")]
    InvalidTaskRerunRequest(String),
    #[error("The retry {what} for task \"{task_id}\" is not an integer.")]
    RetryIsNotAnInteger { what: &'static str, task_id: String },
    #[error("{}", .0.message)]
    Expression(#[from] ExpressionError),
}

impl ConductorError {
    /// The Python class of the original.
    pub fn class(&self) -> &str {
        match self {
            Self::InvalidTask(_) => "InvalidTask",
            Self::InvalidTaskStateEntry(_) => "InvalidTaskStateEntry",
            Self::InvalidItem { .. } => "IndexError",
            Self::InvalidWorkflowStatusTransition { .. } => "InvalidWorkflowStatusTransition",
            Self::WorkflowIsActiveAndNotRerunable => "WorkflowIsActiveAndNotRerunableError",
            Self::InvalidTaskRerunRequest(_) => "InvalidTaskRerunRequest",
            Self::RetryIsNotAnInteger { .. } => "ValueError",
            Self::Expression(error) => &error.class,
        }
    }

    /// Whether a mistake of the workflow's author is behind it, found only now that the workflow runs.
    pub const fn is_of_the_definition(&self) -> bool {
        matches!(self, Self::RetryIsNotAnInteger { .. } | Self::Expression(_))
    }
}
