//! What a service answers: a reply, or a refusal that the service then words in its own shape.

use serde_json::Value;

/// An answer to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Body,
    pub(crate) retry_after: Option<u64>,
    /// What happened, for the journal.
    pub(crate) note: String,
}

#[derive(Debug)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    Text(String),
}

impl Reply {
    pub(crate) const fn new(status: u16, body: Body) -> Self {
        Self { status, body, retry_after: None, note: String::new() }
    }

    pub(crate) const fn json(status: u16, value: Value) -> Self {
        Self::new(status, Body::Json(value))
    }

    pub(crate) const fn ok(value: Value) -> Self {
        Self::json(200, value)
    }

    pub(crate) const fn empty(status: u16) -> Self {
        Self::new(status, Body::Empty)
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, Body::Text(text.to_owned()))
    }

    /// Says in the journal what happened.
    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// Why a service did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    /// One message for every field that is wrong.
    pub(crate) invalid: Vec<String>,
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), invalid: Vec::new(), retry_after: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// A request whose fields do not hold what they should.
    pub(crate) fn invalid(messages: Vec<String>) -> Self {
        Self { invalid: messages, ..Self::new(400, "Validation Failure") }
    }

    pub(crate) fn no_such_route() -> Self {
        Self::new(404, "The resource could not be found.")
    }

    /// What a fault answers: the usual words for that status.
    pub(crate) fn of_status(status: u16, retry_after: u64) -> Self {
        let message = match status {
            400 => "Bad request",
            401 => "Unable to authenticate user with credentials provided.",
            403 => "Forbidden",
            404 => "The resource could not be found.",
            409 => "Conflict",
            413 | 429 => "This request was rate-limited.",
            422 => "The object is immutable at the moment.",
            503 => "Service unavailable",
            _ => "The server has either erred or is incapable of performing the requested operation.",
        };
        let retry_after = matches!(status, 413 | 429 | 503).then_some(retry_after);
        Self { retry_after, ..Self::new(status, message) }
    }
}
