//! Typed API client and the commands: `squall run core.local cmd=date`, or the same under the name `st2`.
//!
//! A command passes three stages: [`args`] says what can be typed, [`settings`] combines flags, environment and
//! configuration file, and `commands` does the work and sees neither. Counterpart: `st2client` of the original.

pub mod api;
pub mod args;
mod commands;
mod dispatch;
pub mod execution;
mod exit;
mod io;
mod kinds;
mod output;
mod parameters;
pub mod resource;
pub mod settings;
mod token_cache;

pub use crate::api::Api;
pub use crate::args::{
    Cli, ClientCommand, DoctorArgs, ExprArgs, ExpressionLanguage, GlobalArgs, GraphFormat, OutputArgs, WorkflowCommand,
    WorkflowGraphArgs, WorkflowInspectArgs, WorkflowRehearseArgs, rewrite_arguments,
};
pub use crate::commands::doctor::text as doctor_text;
pub use crate::dispatch::{execute, print_config, run_command_line};
pub use crate::exit::ExitCode;
pub use crate::io::{Host, HostFuture, Io};
pub use crate::output::{Format, OutputSettings, Palette};
