//! Why parameters were refused, in the words that StackStorm's API answers with.

use thiserror::Error;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParameterError {
    #[error("Dependency unsatisfied in variable \"{0}\"")]
    Unsatisfied(String),
    #[error("Cyclic dependency found in the following variables: {0}. Likely the variable is referencing itself")]
    Cyclic(String),
    #[error("Failed to render parameter \"{name}\": {message}")]
    Render { name: String, message: String },
    /// A rendered text is not of the type that the schema asks for.
    #[error("{0}")]
    Cast(String),
    #[error("{0}")]
    Invalid(String),
    /// The parameters do not fit their schema; the explanation shows the parts of both that it is about, secrets masked.
    #[error("{message}")]
    Unfit { message: String, explanation: String },
    #[error("Override of immutable parameter(s) {0} is unsupported.")]
    Immutable(String),
}

impl ParameterError {
    /// Tells whether templates could not be rendered, as against values that do not fit.
    pub fn is_of_rendering(&self) -> bool {
        matches!(self, Self::Unsatisfied(_) | Self::Cyclic(_) | Self::Render { .. })
    }
}

impl From<String> for ParameterError {
    fn from(reason: String) -> Self {
        Self::Invalid(reason)
    }
}
