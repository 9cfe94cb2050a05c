//! What can go wrong between the client and the server.

use thiserror::Error;

/// A failed request.
#[derive(Debug, Error)]
pub enum ApiError {
    /// The server answered with an error; `fault` is its faultstring.
    #[error("{}", describe_answer(*status, reason, fault, url))]
    Answer { status: u16, reason: String, fault: String, url: String },
    /// Nobody listens where the server should be.
    #[error("cannot connect to {url}: {message}; is the server running, and is the URL right?")]
    Unreachable { url: String, message: String },
    /// The connection broke, or what came back makes no sense.
    #[error("request to {url} failed: {message}")]
    Transport { url: String, message: String },
    /// The URL from the settings is none.
    #[error("invalid URL `{url}`: {message}")]
    InvalidUrl { url: String, message: String },
}

impl ApiError {
    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the server may be back soon, so that asking again makes sense.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Answer { status, .. } => matches!(status, 502..=504),
            Self::Unreachable { .. } | Self::Transport { .. } => true,
            Self::InvalidUrl { .. } => false,
        }
    }
}

fn describe_answer(status: u16, reason: &str, fault: &str, url: &str) -> String {
    let side = if status >= 500 { "Server" } else { "Client" };
    let message = if fault.is_empty() { String::new() } else { format!("\nMESSAGE: {fault}") };
    format!("{status} {side} Error: {reason}{message} for url: {url}")
}

/// The innermost cause, which is the one that says what happened.
pub(super) fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
