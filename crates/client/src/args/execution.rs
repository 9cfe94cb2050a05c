//! `run` and `execution`.

use clap::{Args, Subcommand};

use super::{ColumnArgs, CommonArgs, LastArgs, PeriodArgs};

/// How an execution's details are shown.
#[derive(Debug, Clone, Default, Args)]
pub struct DetailArgs {
    /// Suggest an output schema from the result
    #[arg(long)]
    pub with_schema: bool,
    /// Do not show the tasks of a workflow
    #[arg(long)]
    pub raw: bool,
    /// Show the tasks of a workflow
    #[arg(long)]
    pub show_tasks: bool,
    /// How deep to show tasks; -1 for all levels
    #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
    pub depth: i64,
    /// Widths of the columns
    #[arg(short = 'w', long, num_args = 1..)]
    pub width: Vec<usize>,
    /// Attributes to show; `all` for all of them
    #[arg(long, num_args = 1..)]
    pub attr: Vec<String>,
    /// Show a table with all details
    #[arg(short = 'd', long)]
    pub detail: bool,
    /// Show only this key of the result; dots lead into nested values
    #[arg(short = 'k', long)]
    pub key: Option<String>,
    /// Milliseconds to wait before the execution is scheduled
    #[arg(long)]
    pub delay: Option<u64>,
    /// Show output while it is produced
    #[arg(long)]
    pub tail: bool,
    /// Read `a:1,b:2` as an object in array parameters
    #[arg(long)]
    pub auto_dict: bool,
}

/// `run` and `action execute`.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Reference (pack.name) or id of the action
    #[arg(value_name = "ref-or-id")]
    pub action: Option<String>,
    /// Parameters as name=value; @name=path sends a file; bare words become `cmd`
    pub parameters: Vec<String>,
    /// Show what parameters the action takes
    #[arg(short = 'h', long = "help")]
    pub help: bool,
    #[command(flatten)]
    pub detail: DetailArgs,
    /// Tag by which the execution's trace can be found later
    #[arg(long, alias = "trace_tag")]
    pub trace_tag: Option<String>,
    /// Existing trace to which the execution belongs
    #[arg(long)]
    pub trace_id: Option<String>,
    /// Do not wait for the execution to finish
    #[arg(short = 'a', long = "async")]
    pub no_wait: bool,
    /// Pass the environment of this shell as the parameter `env`
    #[arg(short = 'e', long)]
    pub inherit_env: bool,
    /// User under which the action runs (administrators only)
    #[arg(short = 'u', long)]
    pub user: Option<String>,
}

/// The commands under `execution`.
#[derive(Debug, Clone, Subcommand)]
pub enum ExecutionCommand {
    /// List the most recent executions
    List(ExecutionListArgs),
    /// Show executions
    Get(ExecutionGetArgs),
    /// Run an execution again
    ReRun(ReRunArgs),
    /// Cancel executions
    Cancel(ExecutionIdsArgs),
    /// Pause workflow executions
    Pause(ExecutionStatusArgs),
    /// Resume workflow executions
    Resume(ExecutionStatusArgs),
    /// Show the output of an execution while it is produced
    Tail(TailArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ExecutionListArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub columns: ColumnArgs,
    #[command(flatten)]
    pub last: LastArgs,
    /// Order by start: `ascending` shows the earliest, `descending` the latest
    #[arg(short = 's', long = "sort", default_value = "descending")]
    pub sort: String,
    /// Only executions of this action
    #[arg(long)]
    pub action: Option<String>,
    /// Only executions with this status
    #[arg(long)]
    pub status: Option<String>,
    /// Only executions of this user
    #[arg(long)]
    pub user: Option<String>,
    /// Only executions that this trigger instance has started
    #[arg(long = "trigger_instance", alias = "trigger-instance")]
    pub trigger_instance: Option<String>,
    #[command(flatten)]
    pub period: PeriodArgs,
    /// Also show the tasks of workflows
    #[arg(short = 'l', long)]
    pub showall: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ExecutionGetArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Ids of executions; `last` for the most recent one
    #[arg(value_name = "id", required = true)]
    pub ids: Vec<String>,
    /// Do not fetch and show the result
    #[arg(short = 'x', long)]
    pub exclude_result: bool,
    #[command(flatten)]
    pub detail: DetailArgs,
}

#[derive(Debug, Clone, Args)]
pub struct ReRunArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Id of the execution
    #[arg(value_name = "id")]
    pub id: String,
    /// Parameters that replace those of the first run, as name=value
    pub parameters: Vec<String>,
    /// Only these tasks of the workflow
    #[arg(long, num_args = 0..)]
    pub tasks: Vec<String>,
    /// Those of the tasks of which only failed items are run again
    #[arg(long, num_args = 0..)]
    pub no_reset: Vec<String>,
    /// Do not wait for the execution to finish
    #[arg(short = 'a', long = "async")]
    pub no_wait: bool,
    /// Pass the environment of this shell as the parameter `env`
    #[arg(short = 'e', long)]
    pub inherit_env: bool,
    #[command(flatten)]
    pub detail: DetailArgs,
}

#[derive(Debug, Clone, Args)]
pub struct ExecutionIdsArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Ids of executions
    #[arg(value_name = "id", required = true)]
    pub ids: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub struct ExecutionStatusArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Ids of executions
    #[arg(value_name = "id", required = true)]
    pub ids: Vec<String>,
    #[command(flatten)]
    pub detail: DetailArgs,
}

#[derive(Debug, Clone, Args)]
pub struct TailArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Id of the execution; `last` for the most recent one
    #[arg(value_name = "id", default_value = "last")]
    pub id: String,
    /// Only this kind of output, for example stderr
    #[arg(long = "type", value_name = "OUTPUT_TYPE")]
    pub output_type: Option<String>,
    /// Show time and kind with every piece of output
    #[arg(long)]
    pub include_metadata: bool,
}
