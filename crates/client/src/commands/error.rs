//! Why a command failed, as far as its caller tells failures apart.

use thiserror::Error;

use crate::api::ApiError;
use crate::exit::ExitCode;
use crate::parameters::ParameterError;

/// A failed command.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Something that the user can put right; the text says what.
    #[error("{0}")]
    Failed(String),
    /// The operation was refused; exit code 2 instead of 1.
    #[error("{0}")]
    Refused(String),
    /// Everything has been said already.
    #[error("told already")]
    Told(ExitCode),
    /// Nobody reads the output any more, or it cannot be written.
    #[error("cannot write output: {0}")]
    Output(#[from] std::io::Error),
}

impl CommandError {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Told(code) => *code,
            Self::Refused(_) => ExitCode::REFUSED,
            _ => ExitCode::FAILURE,
        }
    }

    /// A resource that an operation needs is not there.
    pub(crate) fn missing(what: &str, id: &str) -> Self {
        Self::Failed(format!("Resource with {what} \"{id}\" doesn't exist."))
    }
}
