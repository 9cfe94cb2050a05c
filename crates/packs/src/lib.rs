//! Packs: a directory becomes model values, with every mistake told by file and line, and model values become stored resources.
//! Counterparts: st2common/bootstrap/*registrar.py, st2common/services/triggers.py.

mod diagnostic;
mod digest;
mod fields;
mod metadata;
mod read;
mod register;
mod system;
mod triggers;

pub use diagnostic::{Diagnostic, Severity, edit_distance, nearest};
pub use read::{PackContent, PackReading, find_packs, read_pack};
pub use register::{ContentType, Registrar, RegistrationReport};
pub use system::{policy_types, rule_types, trigger_types};
pub use triggers::{TriggerError, drop_unused_trigger, ensure_trigger};
