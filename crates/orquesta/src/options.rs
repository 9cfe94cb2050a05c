//! How a workflow is read and run where StackStorm's behaviour is not ours by default.

/// Choices of whoever compiles a workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Evaluate the *results* of expressions, and the inputs of the workflow, once more when they happen to contain
    /// `<% %>` or `{{ }}`, as StackStorm does. An injection hole, so off unless a pack depends on it.
    pub evaluate_results_again: bool,
}
