//! Errors with the class names and texts of the original, because workflow authors and tools read them.

use thiserror::Error;

/// The text is not YAQL. `position` counts characters from zero; it is absent when the text ends too early.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct ParseError {
    /// `YaqlLexicalException` or `YaqlGrammarException`.
    pub class: &'static str,
    pub message: String,
    pub position: Option<usize>,
}

impl ParseError {
    pub(crate) fn lexical(character: char, position: usize) -> Self {
        Self {
            class: "YaqlLexicalException",
            message: format!("Lexical error: illegal character '{character}' at position {position}"),
            position: Some(position),
        }
    }

    pub(crate) fn unexpected(token: &str, position: usize, text: &str) -> Self {
        Self {
            class: "YaqlGrammarException",
            message: format!("Parse error: unexpected '{token}' at position {position} of expression '{text}'"),
            position: Some(position),
        }
    }

    pub(crate) fn unexpected_end() -> Self {
        let message = "Parse error: unexpected end of statement".to_owned();
        Self { class: "YaqlGrammarException", message, position: None }
    }

    pub(crate) fn too_large(what: &str, position: usize) -> Self {
        let message = format!("Parse error: the expression is {what} at position {position}");
        Self { class: "YaqlGrammarException", message, position: Some(position) }
    }
}

/// Evaluation failed. `class` is the Python class of the original, e.g. `KeyError` or `NoMatchingFunctionException`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{class}: {message}")]
pub struct EvaluationError {
    pub class: String,
    pub message: String,
    /// Where in the expression the failing function or operator stands, in characters.
    pub position: Option<usize>,
}

impl EvaluationError {
    pub fn new(class: &str, message: impl Into<String>) -> Self {
        Self { class: class.to_owned(), message: message.into(), position: None }
    }

    /// Keeps the innermost position.
    pub(crate) fn at(mut self, position: usize) -> Self {
        self.position.get_or_insert(position);
        self
    }

    pub(crate) fn type_error(message: impl Into<String>) -> Self {
        Self::new("TypeError", message)
    }

    pub(crate) fn value_error(message: impl Into<String>) -> Self {
        Self::new("ValueError", message)
    }

    pub(crate) fn overflow(message: impl Into<String>) -> Self {
        Self::new("OverflowError", message)
    }

    pub(crate) fn stop_iteration(message: impl Into<String>) -> Self {
        Self::new("StopIteration", message)
    }

    pub(crate) fn memory() -> Self {
        Self::new("MemoryQuotaExceededException", "Expression consumed too much memory")
    }

    pub(crate) fn too_many_items(limit: u64) -> Self {
        Self::new("CollectionTooLargeException", format!("Collection length exceeds {limit} elements"))
    }

    pub(crate) fn no_match(name: &str, receiver: Option<&str>) -> Self {
        match receiver {
            None => {
                Self::new("NoMatchingFunctionException", format!("No function \"{name}\" matches supplied arguments"))
            }
            Some(receiver) => Self::new(
                "NoMatchingMethodException",
                format!("No method \"{name}\" for receiver {receiver} matches supplied arguments"),
            ),
        }
    }

    pub(crate) fn unknown(name: &str, receiver: Option<&str>) -> Self {
        match receiver {
            None => Self::new("NoFunctionRegisteredException", format!("Unknown function \"{name}\"")),
            Some(receiver) => {
                Self::new("NoMethodRegisteredException", format!("Unknown method \"{name}\" for receiver {receiver}"))
            }
        }
    }

    pub(crate) fn ambiguous(name: &str, receiver: Option<&str>) -> Self {
        match receiver {
            None => Self::new("AmbiguousFunctionException", format!("Ambiguous function \"{name}\"")),
            Some(receiver) => {
                Self::new("AmbiguousMethodException", format!("Ambiguous method \"{name}\" for receiver {receiver}"))
            }
        }
    }
}

/// What a function of the embedder answers when it cannot answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HostError {
    /// The arguments do not fit the function's signature; the standard library is asked next.
    #[error("the arguments do not match")]
    NoMatch,
    #[error("{class}: {message}")]
    Failed { class: String, message: String },
}

impl HostError {
    pub fn failed(class: &str, message: impl Into<String>) -> Self {
        Self::Failed { class: class.to_owned(), message: message.into() }
    }
}
