//! What each command does, without knowing flags, files of settings or the environment.

pub(crate) mod access;
pub(crate) mod action;
pub(crate) mod alias;
pub(crate) mod context;
pub(crate) mod doctor;
pub(crate) mod error;
pub(crate) mod execution;
pub(crate) mod inquiry;
pub(crate) mod key;
pub(crate) mod meta_file;
pub(crate) mod pack;
pub(crate) mod resource;
pub(crate) mod service_registry;
pub(crate) mod trace;
pub(crate) mod trigger_instance;
pub(crate) mod webhook;
pub(crate) mod workflow;

pub(crate) use self::context::Context;
pub(crate) use self::error::CommandError;

use crate::exit::ExitCode;

/// How a command ends.
pub(crate) type Outcome = Result<ExitCode, CommandError>;
