//! `rule`, `trigger`, `sensor`, `webhook`, `timer`, `trace` and what events leave behind.

use clap::{Args, Subcommand};

use super::{
    ColumnArgs, CommonArgs, FileArgs, GetArgs, LastArgs, ListArgs, PackListArgs, PeriodArgs, ReferenceArgs, UpdateArgs,
};

/// The commands under `rule`.
#[derive(Debug, Clone, Subcommand)]
pub enum RuleCommand {
    /// List rules
    List(RuleListArgs),
    /// Show rules
    Get(GetArgs),
    /// Create a rule from a file
    Create(FileArgs),
    /// Replace a rule by what is in a file
    Update(UpdateArgs),
    /// Delete a rule
    Delete(ReferenceArgs),
    /// Enable a rule
    Enable(ReferenceArgs),
    /// Disable a rule
    Disable(ReferenceArgs),
}

#[derive(Debug, Clone, Args)]
pub struct RuleListArgs {
    #[command(flatten)]
    pub list: PackListArgs,
    #[command(flatten)]
    pub last: LastArgs,
    /// Show trigger and action of each rule
    #[arg(long)]
    pub iftt: bool,
    /// Only rules that start this action
    #[arg(short = 'c', long)]
    pub action: Option<String>,
    /// Only rules that listen to this trigger
    #[arg(short = 'g', long)]
    pub trigger: Option<String>,
    /// Only rules that are enabled
    #[arg(long, conflicts_with = "disabled")]
    pub enabled: bool,
    /// Only rules that are disabled
    #[arg(long)]
    pub disabled: bool,
}

/// The commands under `trigger`.
#[derive(Debug, Clone, Subcommand)]
pub enum TriggerCommand {
    /// List trigger types
    List(PackListArgs),
    /// Show trigger types
    Get(GetArgs),
    /// Create a trigger type from a file
    Create(FileArgs),
    /// Replace a trigger type by what is in a file
    Update(UpdateArgs),
    /// Delete a trigger type
    Delete(ReferenceArgs),
    /// List the triggers of a type
    Getspecs(TriggerSpecsArgs),
}

#[derive(Debug, Clone, Args)]
pub struct TriggerSpecsArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Reference of the trigger type
    #[arg(value_name = "ref")]
    pub reference: Option<String>,
}

/// The commands under `trigger-instance`.
#[derive(Debug, Clone, Subcommand)]
pub enum TriggerInstanceCommand {
    /// List the most recent events
    List(TriggerInstanceListArgs),
    /// Show events
    Get(GetArgs),
    /// Let an event happen again
    ReEmit(ReferenceArgs),
}

#[derive(Debug, Clone, Args)]
pub struct TriggerInstanceListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    #[command(flatten)]
    pub last: LastArgs,
    #[command(flatten)]
    pub period: PeriodArgs,
    /// Only events of this trigger
    #[arg(long)]
    pub trigger: Option<String>,
    /// Only events with this status
    #[arg(long)]
    pub status: Option<String>,
}

/// The commands under `rule-enforcement`.
#[derive(Debug, Clone, Subcommand)]
pub enum RuleEnforcementCommand {
    /// List the most recent enforcements
    List(RuleEnforcementListArgs),
    /// Show enforcements
    Get(GetArgs),
}

#[derive(Debug, Clone, Args)]
pub struct RuleEnforcementListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    #[command(flatten)]
    pub last: LastArgs,
    #[command(flatten)]
    pub period: PeriodArgs,
    /// Only enforcements for this trigger instance
    #[arg(long)]
    pub trigger_instance: Option<String>,
    /// Only the enforcement that has started this execution
    #[arg(long)]
    pub execution: Option<String>,
    /// Only enforcements of this rule
    #[arg(long)]
    pub rule: Option<String>,
}

/// The commands under `sensor`.
#[derive(Debug, Clone, Subcommand)]
pub enum SensorCommand {
    /// List sensors
    List(PackListArgs),
    /// Show sensors
    Get(GetArgs),
    /// Enable a sensor
    Enable(ReferenceArgs),
    /// Disable a sensor
    Disable(ReferenceArgs),
}

/// The commands under `webhook`.
#[derive(Debug, Clone, Subcommand)]
pub enum WebhookCommand {
    /// List webhooks
    List(PackListArgs),
    /// Show webhooks
    Get(GetArgs),
}

/// The commands under `timer`.
#[derive(Debug, Clone, Subcommand)]
pub enum TimerCommand {
    /// List timers
    List(TimerListArgs),
    /// Show timers
    Get(GetArgs),
}

#[derive(Debug, Clone, Args)]
pub struct TimerListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only timers of this type, for example core.st2.IntervalTimer (short: -ty)
    #[arg(long)]
    pub timer_type: Option<String>,
}

/// The commands under `trace`.
#[derive(Debug, Clone, Subcommand)]
pub enum TraceCommand {
    /// List the most recent traces
    List(TraceListArgs),
    /// Show traces
    Get(TraceGetArgs),
}

/// One component of a trace.
#[derive(Debug, Clone, Default, Args)]
pub struct TraceComponentArgs {
    /// Id of an execution
    #[arg(short = 'e', long, conflicts_with_all = ["rule", "trigger_instance"])]
    pub execution: Option<String>,
    /// Id of a rule
    #[arg(short = 'r', long, conflicts_with = "trigger_instance")]
    pub rule: Option<String>,
    /// Id of a trigger instance
    #[arg(short = 'g', long)]
    pub trigger_instance: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct TraceListArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub columns: ColumnArgs,
    #[command(flatten)]
    pub last: LastArgs,
    /// Order by start: `ascending` shows the earliest, `descending` the latest
    #[arg(short = 's', long = "sort", default_value = "descending")]
    pub sort: String,
    /// Only traces with this tag
    #[arg(short = 'c', long, conflicts_with_all = ["execution", "rule", "trigger_instance"])]
    pub trace_tag: Option<String>,
    #[command(flatten)]
    pub component: TraceComponentArgs,
}

#[derive(Debug, Clone, Args)]
pub struct TraceGetArgs {
    #[command(flatten)]
    pub get: GetArgs,
    #[command(flatten)]
    pub component: TraceComponentArgs,
    /// Show only executions
    #[arg(long)]
    pub show_executions: bool,
    /// Show only rules
    #[arg(long)]
    pub show_rules: bool,
    /// Show only trigger instances
    #[arg(long)]
    pub show_trigger_instances: bool,
    /// Hide trigger instances that no rule has matched
    #[arg(short = 'n', long)]
    pub hide_noop_triggers: bool,
}
