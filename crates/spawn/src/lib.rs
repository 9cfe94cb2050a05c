//! Starts and kills process trees.
//!
//! Why a crate: the server is a large process, and `fork` copies page tables. A child started here never has a
//! `pre_exec` hook, sets its process group through spawn attributes and names its program by absolute path, so the
//! standard library takes the `posix_spawn` path, which costs the same whatever the size of the parent.
//!
//! The unit is the *tree*: every child leads its own process group, a kill goes to the group, dropping a running
//! child kills it. What outlives a killed server is found again by [`Registry`].
//!
//! Counterpart: st2common/util/green/shell.py, st2common/util/shell.py (`kill_process`).

mod child;
mod environment;
mod identity;
mod output;
mod probe;
mod registry;
mod spawn;

pub use child::{Child, ChildEvent, Exit};
pub use environment::{INHERITED, inherited_environment};
pub use identity::ProcessIdentity;
pub use output::{DEFAULT_OUTPUT_LIMIT, OutputChunk, OutputStream};
pub use probe::set_probe;
pub use registry::{Record, Registry, RegistryError};
pub use spawn::{Spawn, SpawnError, Stdin};
