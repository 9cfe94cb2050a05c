//! The action runner: claims scheduled executions and runs them. Counterpart: st2actions/runners/, st2actions/container/base.py.
//!
//! Invariant: `running` means that a living process owns the execution; what a dead one owned is abandoned, or requested again where
//! the action's metadata allows a second run.

mod claims;
mod output;
mod request;
mod runners;
mod service;
mod sweep;

pub use runners::Runners;
pub use service::ActionRunner;
