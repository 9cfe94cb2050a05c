//! What can be typed: clap structures and help, nothing else. The names and flags are those of `st2`.

mod access;
mod action;
mod common;
mod datastore;
mod doctor;
mod execution;
mod pack;
mod reactor;
mod rewrite;
mod workflow;

use clap::{Args, Parser, Subcommand};

pub use self::access::*;
pub use self::action::*;
pub use self::common::*;
pub use self::datastore::*;
pub use self::doctor::*;
pub use self::execution::*;
pub use self::pack::*;
pub use self::reactor::*;
pub use self::rewrite::rewrite_arguments;
pub use self::workflow::*;

/// The whole command line when the client stands alone, under the name `st2`.
#[derive(Debug, Parser)]
#[command(
    name = "st2",
    version,
    about = "Run actions and workflows, and manage the rules that start them",
    subcommand_required = false,
    arg_required_else_help = false,
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Option<ClientCommand>,
}

/// Flags that come before the command.
#[derive(Debug, Clone, Default, Args)]
pub struct GlobalArgs {
    /// Base URL of the services, which then listen on their default ports [env: ST2_BASE_URL]
    #[arg(long = "url", value_name = "BASE_URL", id = "base_url")]
    pub base_url: Option<String>,
    /// URL of the authentication service [env: ST2_AUTH_URL]
    #[arg(long)]
    pub auth_url: Option<String>,
    /// URL of the API [env: ST2_API_URL]
    #[arg(long)]
    pub api_url: Option<String>,
    /// URL of the event stream [env: ST2_STREAM_URL]
    #[arg(long)]
    pub stream_url: Option<String>,
    /// Version of the API to use [env: ST2_API_VERSION]
    #[arg(long)]
    pub api_version: Option<String>,
    /// File with the certificates that are trusted [env: ST2_CACERT]
    #[arg(long)]
    pub cacert: Option<String>,
    /// User and password for a proxy in front of the services, as `user:password`
    #[arg(long)]
    pub basic_auth: Option<String>,
    /// The configuration file [env: ST2_CONFIG_FILE] [default: ~/.st2/config]
    #[arg(long)]
    pub config_file: Option<String>,
    /// Print the configuration and exit
    #[arg(long)]
    pub print_config: bool,
    /// Do not read the configuration file
    #[arg(long)]
    pub skip_config: bool,
    /// Show requests and answers
    #[arg(long)]
    pub debug: bool,
}

/// The commands of the client.
#[derive(Debug, Clone, Subcommand)]
pub enum ClientCommand {
    /// Run an action and wait for its result
    #[command(disable_help_flag = true)]
    Run(RunArgs),
    /// Actions: what can be done
    #[command(subcommand)]
    Action(ActionCommand),
    /// Action aliases: commands for chat
    #[command(subcommand)]
    ActionAlias(ActionAliasCommand),
    /// Print a new access token for a user
    Auth(AuthArgs),
    /// Log in and remember the token
    Login(LoginArgs),
    /// Show who is logged in
    Whoami(OutputArgs),
    /// API keys
    #[command(subcommand)]
    Apikey(ApiKeyCommand),
    /// Executions: what was, is and will be done
    #[command(subcommand)]
    Execution(ExecutionCommand),
    /// Inquiries: questions that a workflow waits for
    #[command(subcommand)]
    Inquiry(InquiryCommand),
    /// Keys and values of the datastore
    #[command(subcommand)]
    Key(KeyCommand),
    /// Packs
    #[command(subcommand)]
    Pack(PackCommand),
    /// Policies: limits on when actions run
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Kinds of policies
    #[command(subcommand)]
    PolicyType(PolicyTypeCommand),
    /// Rules: which trigger starts which action
    #[command(subcommand)]
    Rule(RuleCommand),
    /// Webhooks that rules listen on
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Timers that rules listen on
    #[command(subcommand)]
    Timer(TimerCommand),
    /// Runners: how kinds of actions are run
    #[command(subcommand)]
    Runner(RunnerCommand),
    /// Sensors: what brings events in
    #[command(subcommand)]
    Sensor(SensorCommand),
    /// Traces: what belongs together
    #[command(subcommand)]
    Trace(TraceCommand),
    /// Trigger types
    #[command(subcommand)]
    Trigger(TriggerCommand),
    /// Events that have come in
    #[command(subcommand)]
    TriggerInstance(TriggerInstanceCommand),
    /// What rules made of events
    #[command(subcommand)]
    RuleEnforcement(RuleEnforcementCommand),
    /// Checks for workflow authors
    #[command(subcommand)]
    Workflow(WorkflowCommand),
    /// Evaluate an expression of YAQL or Jinja, without a server (Squall only)
    Expr(ExprArgs),
    /// Find out what is stuck, who owns it and since when: 0 if nothing is (Squall only, for administrators)
    Doctor(DoctorArgs),
    /// Services that are running
    #[command(subcommand)]
    ServiceRegistry(ServiceRegistryCommand),
    /// Roles of users
    #[command(subcommand)]
    Role(RoleCommand),
    /// Which user has which role
    #[command(subcommand)]
    RoleAssignment(RoleAssignmentCommand),
}
