//! `pack`.

use clap::{Args, Subcommand};

use super::{CommonArgs, GetArgs, ListArgs};

/// The commands under `pack`.
#[derive(Debug, Clone, Subcommand)]
pub enum PackCommand {
    /// List installed packs
    List(ListArgs),
    /// Show installed packs
    Get(GetArgs),
    /// Show a pack of the index
    Show(PackShowArgs),
    /// Search the index
    Search(PackSearchArgs),
    /// Install packs
    Install(PackInstallArgs),
    /// Remove packs
    Remove(PackRemoveArgs),
    /// Read the files of packs again
    Register(PackRegisterArgs),
}

#[derive(Debug, Clone, Args)]
pub struct PackShowArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Name of the pack
    pub pack: String,
}

#[derive(Debug, Clone, Args)]
pub struct PackSearchArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// What to look for in any attribute
    pub query: String,
}

/// How the packs are shown at the end.
#[derive(Debug, Clone, Args)]
pub struct PackResultArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Packs: names of the index, URLs of repositories or paths, with =version
    #[arg(value_name = "pack", required = true)]
    pub packs: Vec<String>,
    /// Widths of the columns
    #[arg(short = 'w', long, num_args = 1..)]
    pub width: Vec<usize>,
    /// Attributes to show; `all` for all of them
    #[arg(long, num_args = 1..)]
    pub attr: Vec<String>,
    /// Show all details of a failure
    #[arg(short = 'd', long)]
    pub detail: bool,
}

#[derive(Debug, Clone, Args)]
pub struct PackInstallArgs {
    #[command(flatten)]
    pub result: PackResultArgs,
    /// Install even if the pack does not support this version
    #[arg(long)]
    pub force: bool,
    /// Do not install the packs on which it depends
    #[arg(long)]
    pub skip_dependencies: bool,
}

#[derive(Debug, Clone, Args)]
pub struct PackRemoveArgs {
    #[command(flatten)]
    pub result: PackResultArgs,
}

#[derive(Debug, Clone, Args)]
pub struct PackRegisterArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Names of packs; all packs when none is given
    #[arg(value_name = "pack")]
    pub packs: Vec<String>,
    /// Only these kinds of content, for example actions rules
    #[arg(long, num_args = 1..)]
    pub types: Vec<String>,
}
