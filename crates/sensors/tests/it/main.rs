//! Timers and sensors as services, on a real store.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod container;
mod timers;
