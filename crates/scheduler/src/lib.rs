//! The scheduler: admits requested executions, and lets delays pass. Counterpart: st2actions/scheduler/.
//!
//! Invariant: an execution that is `requested` or `delayed` is in a queue, has a wake-up time, or is found by the next sweep.

mod service;

pub use service::Scheduler;
