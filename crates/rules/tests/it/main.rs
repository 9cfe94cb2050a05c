//! The rules engine as a service, and the exam recorded from StackStorm.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that can't go on fails; one that examined nothing says so"
)]

mod engine;
mod exam;
