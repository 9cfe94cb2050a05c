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
    /// Takes other words for a mistake of syntax, if there are any.
    pub(crate) fn reworded(mut self, words: impl FnOnce() -> Option<String>) -> Self {
        if self.class == "TemplateSyntaxError"
            && let Some(words) = words()
        {
            self.message = short(words);
        }
        self
    }

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
            Kind::SyntaxError | Kind::BadEscape => (ErrorKind::Syntax, "TemplateSyntaxError"),
            Kind::UnknownFilter | Kind::UnknownTest => (ErrorKind::Syntax, "TemplateAssertionError"),
            Kind::UndefinedError | Kind::UnknownFunction | Kind::UnknownMethod => {
                (ErrorKind::Undefined, "UndefinedError")
            }
            Kind::OutOfFuel | Kind::WriteFailure => (ErrorKind::Limit, "SecurityError"),
            _ if error.detail().is_some_and(has_undefined_operand) => (ErrorKind::Undefined, "UndefinedError"),
            _ if error.detail() == Some(RANGE) => (ErrorKind::Evaluation, "OverflowError"),
            _ if error.detail().is_some_and(divides_by_zero) => (ErrorKind::Evaluation, "ZeroDivisionError"),
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

/// What the engine says about a range that is too long.
const RANGE: &str = "range has too many elements";

/// The engine says only the kinds of the operands.
pub(crate) fn has_undefined_operand(detail: &str) -> bool {
    detail.starts_with("tried to use ")
        && (detail.contains(" types undefined and ") || detail.ends_with(" and undefined"))
}

fn divides_by_zero(detail: &str) -> bool {
    detail.starts_with("unable to calculate ") && detail.ends_with(" / 0")
}

/// Returns the words of Jinja2 and Python for what authors meet most.
fn in_python_words(kind: minijinja::ErrorKind, detail: &str) -> String {
    use minijinja::ErrorKind as Kind;
    let between = |start: &str, end: &str| detail.strip_prefix(start)?.strip_suffix(end);
    let named = match kind {
        Kind::UnknownFilter => between("filter ", " is unknown").map(|name| format!("No filter named '{name}'.")),
        Kind::UnknownTest => between("test ", " is unknown").map(|name| format!("No test named '{name}'.")),
        Kind::UnknownFunction => detail.strip_suffix(" is unknown").map(|name| format!("'{name}' is undefined")),
        Kind::UnknownMethod => detail.split_once(" has no method named ").and_then(|(kind, name)| {
            let kind = python_type(kind)?;
            Some(if kind == "NoneType" {
                format!("'None' has no attribute '{name}'")
            } else {
                format!("'{kind} object' has no attribute '{name}'")
            })
        }),
        Kind::SyntaxError => {
            detail.strip_prefix("unknown statement ").map(|tag| format!("Encountered unknown tag '{tag}'."))
        }
        _ if detail == RANGE => {
            Some("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).".to_owned())
        }
        _ if divides_by_zero(detail) => Some("division by zero".to_owned()),
        _ => None,
    };
    named.unwrap_or_else(|| detail.to_owned())
}

/// Returns Python's name of what the engine calls a kind of values; whether a number is whole can't be told.
fn python_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "string" => "str",
        "map" => "dict",
        "sequence" => "list",
        "bool" => "bool",
        "none" => "NoneType",
        _ => return None,
    })
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
