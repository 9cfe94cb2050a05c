//! `doctor`.

use std::path::PathBuf;

use clap::Args;

use super::CommonArgs;

/// `doctor`
#[derive(Debug, Clone, Default, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Show what would be repaired, ask, and repair it
    #[arg(long)]
    pub fix: bool,
    /// Repair without asking
    #[arg(long, requires = "fix")]
    pub yes: bool,
    /// Look into the data directory of a server that does not run, instead of asking one
    #[arg(long, value_name = "DIR", conflicts_with = "fix")]
    pub data_dir: Option<PathBuf>,
}
