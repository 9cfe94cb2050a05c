//! ActionChain: a definition read, and its engine, a fold over the same events as Orquesta's. Counterparts:
//! contrib/runners/action_chain_runner, st2common/models/system/actionchain.py.
//!
//! Invariants: those of `squall-orquesta`: no I/O, no clock; what is not a function of the events is asked of the
//! [`Host`](squall_orquesta::Host) and recorded with the event that needed it.

mod answers;
mod definition;
mod engine;
mod names;
mod result;

pub use answers::SharedHost;
pub use definition::{Chain, ChainError, Node};
pub use engine::{Engine, Settings};
