//! The workflow engine: folds the logs of workflows and chains and performs what they want. Counterparts: st2actions/workflows/workflows.py,
//! st2common/services/workflows.py, the driving half of contrib/runners/action_chain_runner.
//!
//! Invariants: an event is appended before its effects are performed; the number under which it is appended fences off any other
//! engine; every effect can be derived again from the log, and performing it twice changes nothing.

mod children;
mod control;
mod definition;
mod drive;
mod host;
mod inbox;
mod live;
mod machine;
mod record;
mod service;
mod start;
mod status;
mod sweep;

pub use service::WorkflowEngine;
