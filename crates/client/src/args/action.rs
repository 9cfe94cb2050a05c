//! `action`, `action-alias`, `runner`, `policy`, `policy-type` and `workflow`.

use clap::{Args, Subcommand};

use super::{
    ColumnArgs, CommonArgs, DetailArgs, FileArgs, GetArgs, ListArgs, PackListArgs, ReferenceArgs, RunArgs, UpdateArgs,
};

/// The commands under `action`.
#[derive(Debug, Clone, Subcommand)]
pub enum ActionCommand {
    /// List actions
    List(PackListArgs),
    /// Show actions
    Get(GetArgs),
    /// Create an action from a file
    Create(FileArgs),
    /// Replace an action by what is in a file
    Update(UpdateArgs),
    /// Delete an action
    Delete(ActionDeleteArgs),
    /// Copy an action
    Clone(ActionCloneArgs),
    /// Enable an action
    Enable(ReferenceArgs),
    /// Disable an action
    Disable(ReferenceArgs),
    /// Run an action without waiting for its result
    #[command(disable_help_flag = true)]
    Execute(RunArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ActionDeleteArgs {
    #[command(flatten)]
    pub reference: ReferenceArgs,
    /// Remove the files of the action as well
    #[arg(short = 'r', long)]
    pub remove_files: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ActionCloneArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Reference or id of the action to copy
    #[arg(value_name = "source-ref-or-id")]
    pub source: String,
    /// Pack of the copy
    #[arg(value_name = "dest-pack-name")]
    pub pack: String,
    /// Name of the copy
    #[arg(value_name = "dest-action-name")]
    pub name: String,
    /// Overwrite an action that exists already
    #[arg(short = 'f', long)]
    pub force: bool,
}

/// The commands under `action-alias`.
#[derive(Debug, Clone, Subcommand)]
pub enum ActionAliasCommand {
    /// List aliases
    List(PackListArgs),
    /// Show aliases
    Get(GetArgs),
    /// Create an alias from a file
    Create(FileArgs),
    /// Replace an alias by what is in a file
    Update(UpdateArgs),
    /// Delete an alias
    Delete(ReferenceArgs),
    /// Find the alias that a command matches
    Match(AliasMatchArgs),
    /// Run what a command matches
    Execute(AliasExecuteArgs),
    /// Run what a command matches and show the answer that chat would show
    Test(AliasTestArgs),
}

#[derive(Debug, Clone, Args)]
pub struct AliasMatchArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub columns: ColumnArgs,
    /// The command as it would be typed in chat
    #[arg(value_name = "command")]
    pub command_text: String,
}

#[derive(Debug, Clone, Args)]
pub struct AliasExecuteArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// The command as it would be typed in chat
    #[arg(value_name = "command")]
    pub command_text: String,
    /// User under which the action runs (administrators only)
    #[arg(short = 'u', long)]
    pub user: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct AliasTestArgs {
    #[command(flatten)]
    pub execute: AliasExecuteArgs,
    #[command(flatten)]
    pub detail: DetailArgs,
    /// Do not wait for the execution to finish
    #[arg(short = 'a', long = "async")]
    pub no_wait: bool,
}

/// The commands under `runner`.
#[derive(Debug, Clone, Subcommand)]
pub enum RunnerCommand {
    /// List runners
    List(ListArgs),
    /// Show runners
    Get(GetArgs),
    /// Enable a runner
    Enable(ReferenceArgs),
    /// Disable a runner
    Disable(ReferenceArgs),
}

/// The commands under `policy`.
#[derive(Debug, Clone, Subcommand)]
pub enum PolicyCommand {
    /// List policies
    List(PolicyListArgs),
    /// Show policies
    Get(GetArgs),
    /// Create a policy from a file
    Create(FileArgs),
    /// Replace a policy by what is in a file
    Update(UpdateArgs),
    /// Delete a policy
    Delete(ReferenceArgs),
}

#[derive(Debug, Clone, Args)]
pub struct PolicyListArgs {
    #[command(flatten)]
    pub list: PackListArgs,
    /// Only policies of this resource
    #[arg(short = 'r', long)]
    pub resource_ref: Option<String>,
    /// Only policies of this kind (short: -pt)
    #[arg(long)]
    pub policy_type: Option<String>,
}

/// The commands under `policy-type`.
#[derive(Debug, Clone, Subcommand)]
pub enum PolicyTypeCommand {
    /// List kinds of policies
    List(PolicyTypeListArgs),
    /// Show kinds of policies
    Get(GetArgs),
}

#[derive(Debug, Clone, Args)]
pub struct PolicyTypeListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only kinds for this type of resource
    #[arg(short = 'r', long)]
    pub resource_type: Option<String>,
}
