//! The Orquesta workflow language: specification, inspection, graph, conductor, engine. Answers to the Python package
//! `orquesta` 1.6 and to `st2common/services/workflows.py`.
//!
//! Invariants: no I/O, no clock, no randomness; what is not a function of the events is asked of the [`Host`] and
//! recorded with the event that needed it. The state of an [`Engine`] is the fold of its events.

pub mod conductor;
pub mod context;
pub mod drawing;
pub mod engine;
pub mod expressions;
pub mod graph;
mod host;
mod inspection;
mod options;
pub mod oracle;
pub mod rehearsal;
pub mod spec;
pub mod states;
pub mod status;
mod workflow;

pub use engine::{ConductError, Effect, Engine, Event, EventKind};
pub use host::{Answers, Host, HostError, NoHost, Question};
pub use inspection::{Inspection, InspectionType, UnknownName, known_keys, unknown_names};
pub use options::Options;
pub use status::Status;
pub use workflow::{DefinitionError, Workflow};
