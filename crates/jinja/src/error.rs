//! Why a template failed, in Python's words where packs and logs show them.

use std::error::Error as _;

use thiserror::Error as ThisError;

/// What a caller can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not a template.
    Syntax,
    /// A name or attribute does not exist.
    Undefined,
    /// A limit of [`Limits`](crate::Limits) was met.
    Limit,
    /// A filter, method, function or operator refused its arguments.
    Evaluation,
}

/// A failed compilation or evaluation; `class` is the Python exception's that StackStorm would show.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{message}")]
pub struct Error {
    pub kind: ErrorKind,
    pub class: String,
    pub message: String,
    /// Line in the template, counted from 1.
    pub line: Option<usize>,
}

impl Error {
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Limit, class: "SecurityError".to_owned(), message: message.into(), line: None }
    }
}

/// What a host function, lookup or StackStorm filter answers instead of a value.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{message}")]
pub struct HostError {
    /// Name of the Python exception.
    pub class: String,
    pub message: String,
}

impl HostError {
    pub fn new(class: impl Into<String>, message: impl Into<String>) -> Self {
        Self { class: class.into(), message: message.into() }
    }
}

impl From<HostError> for minijinja::Error {
    fn from(error: HostError) -> Self {
        Self::new(minijinja::ErrorKind::InvalidOperation, error.message.clone()).with_source(error)
    }
}

/// Takes an error of ours through the engine.
impl From<Error> for minijinja::Error {
    fn from(error: Error) -> Self {
        Self::new(minijinja::ErrorKind::InvalidOperation, error.message.clone()).with_source(error)
    }
}

impl From<minijinja::Error> for Error {
    fn from(error: minijinja::Error) -> Self {
        use minijinja::ErrorKind as Kind;
        if let Some(ours) = inner::<Self>(&error) {
            return ours;
        }
        let line = error.line();
        if let Some(host) = inner::<HostError>(&error) {
            return Self { kind: ErrorKind::Evaluation, class: host.class, message: short(host.message), line };
        }
        let (kind, class) = match error.kind() {
            Kind::SyntaxError | Kind::BadEscape | Kind::UnknownFilter | Kind::UnknownTest => {
                (ErrorKind::Syntax, "TemplateSyntaxError")
            }
            Kind::UndefinedError | Kind::UnknownFunction | Kind::UnknownMethod => {
                (ErrorKind::Undefined, "UndefinedError")
            }
            Kind::OutOfFuel | Kind::WriteFailure => (ErrorKind::Limit, "SecurityError"),
            _ => (ErrorKind::Evaluation, "TypeError"),
        };
        let message = match error.kind() {
            Kind::OutOfFuel => "the template takes more work than is allowed".to_owned(),
            Kind::WriteFailure => "the template writes more text than is allowed".to_owned(),
            kind => error.detail().map_or_else(|| kind.to_string(), |detail| in_python_words(kind, detail)),
        };
        Self { kind, class: class.to_owned(), message: short(message), line }
    }
}

/// Characters of a message: it may quote a value that is as long as a text may be.
const MESSAGE: usize = 2_000;

fn short(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// Returns the words of Jinja2 and Python for what authors meet most.
fn in_python_words(kind: minijinja::ErrorKind, detail: &str) -> String {
    use minijinja::ErrorKind as Kind;
    let between = |start: &str, end: &str| detail.strip_prefix(start)?.strip_suffix(end);
    let named = match kind {
        Kind::UnknownFilter => between("filter ", " is unknown").map(|name| format!("No filter named '{name}'.")),
        Kind::UnknownTest => between("test ", " is unknown").map(|name| format!("No test named '{name}'.")),
        _ if detail.starts_with("unable to calculate ") && detail.ends_with(" / 0") => {
            Some("division by zero".to_owned())
        }
        _ => None,
    };
    named.unwrap_or_else(|| detail.to_owned())
}

/// Returns what of ours lies behind an error of the engine.
fn inner<E: std::error::Error + Clone + 'static>(error: &minijinja::Error) -> Option<E> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(ours) = inner.downcast_ref::<E>() {
            return Some(ours.clone());
        }
        source = inner.source();
    }
    None
}
