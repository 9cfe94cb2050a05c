//! The rules engine: trigger instances to executions. Counterpart: st2reactor/rules/.
//!
//! Invariant: an event that is `pending` is in the queue or found by the next sweep; one that is not has its enforcements and
//! executions stored.

mod catalogue;
mod criteria;
mod enforcement;
mod engine;
mod matcher;
mod observe;
pub mod operators;
mod python;
mod service;
mod trace;

pub use python::OperatorError;
pub use service::RulesEngine;
