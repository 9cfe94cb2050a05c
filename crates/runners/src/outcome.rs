//! How an action ended.

use serde_json::{Value, json};
use squall_model::{Map, Status};

/// An event for the stream, to be published with the outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    pub route: String,
    pub payload: Map,
}

/// The final status of an action, with its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub status: Status,
    pub result: Value,
    pub announcements: Vec<Announcement>,
}

impl Outcome {
    pub fn new(status: Status, result: Value) -> Self {
        Self { status, result, announcements: Vec::new() }
    }

    /// A runner that could not do its work; StackStorm's `traceback` is there for clients that look for it.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Status::Failed, json!({"error": message.into(), "traceback": ""}))
    }
}
