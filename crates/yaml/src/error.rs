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

/// Characters of a message: it may quote a scalar or a tag that fills the document.
const MESSAGE: usize = 300;

impl Error {
    pub(crate) fn new(message: impl Into<String>, position: Position) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MESSAGE) {
            message.truncate(end);
            message.push('…');
        }
        Self { message, line: position.line, column: position.column }
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
