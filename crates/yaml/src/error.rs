//! Why a text could not be read, and where.

use granit_parser::ScanError;
use thiserror::Error as ThisError;

use crate::document::Position;

/// A refusal to read a text, with the place that it is about.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("line {line}, column {column}: {message}")]
pub struct Error {
    pub message: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>, position: Position) -> Self {
        Self { message: message.into(), line: position.line, column: position.column }
    }

    pub(crate) fn over_budget(what: &str, limit: usize, position: Position) -> Self {
        Self::new(format!("the document has more than {limit} {what}"), position)
    }
}

impl From<ScanError> for Error {
    fn from(error: ScanError) -> Self {
        Self::new(error.info(), Position::of(error.marker()))
    }
}
