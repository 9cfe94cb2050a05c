//! Rehearsals: a workflow is conducted without running anything, its actions answer what a script says, and what comes
//! of it is compared with what the script expects. The scripts are those of `orquesta-rehearse` (upstream
//! `orquesta/rehearsing.py`).

mod play;
mod report;
mod script;

pub use play::{RehearsalError, perform};
pub use report::{Difference, Outcome, Report};
pub use script::{Mistake, Mock, Script, Subject};
