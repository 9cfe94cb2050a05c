//! The [`Runner`] trait and one file per runner.
//!
//! A runner turns one request into one [`Outcome`]; it stores nothing and publishes nothing. To add one: a file with
//! `impl Runner`, its metadata as JSON under `metadata/`, one line in `registry.rs`.
//!
//! Counterpart: st2common/runners/base.py, contrib/runners.

mod announcement;
mod http_request;
mod inquirer;
mod local_shell;
mod local_shell_cmd;
mod local_shell_script;
mod meta;
mod noop;
mod outcome;
mod parameters;
mod process;
mod python_script;
mod python_text;
mod registry;
mod request;
mod script_arguments;
#[cfg(test)]
mod testing;
#[cfg(feature = "tls")]
mod tls;
mod worktree;

pub use meta::{RunnerKind, RunnerMeta};
pub use outcome::{Announcement, Outcome};
pub use registry::{RunnerRegistry, RunnerSettings};
pub use request::{Cancellation, OutputSink, OutputType, RunIo, RunRequest, Runner};
#[cfg(feature = "tls")]
pub use tls::install_tls_provider;
