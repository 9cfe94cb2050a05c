//! `workflow` and `expr`: for workflow authors.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::CommonArgs;

/// The commands under `workflow`.
#[derive(Debug, Clone, Subcommand)]
pub enum WorkflowCommand {
    /// List the mistakes in a workflow definition
    Inspect(WorkflowInspectArgs),
    /// Draw a workflow definition, without a server (Squall only)
    Graph(WorkflowGraphArgs),
    /// Conduct workflows with actions that only pretend, and compare what comes of it with what is expected: 0 if all is as
    /// expected. Needs no server (Squall only)
    Rehearse(WorkflowRehearseArgs),
}

#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct WorkflowInspectArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// File with the workflow definition, checked without a server: 0 if it has no mistakes (Squall only); `-` is the standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["file", "action"])]
    pub path: Option<PathBuf>,
    /// File with the workflow definition, for the server to check, also against the actions that it has
    #[arg(long, conflicts_with = "action", required_unless_present_any = ["action", "path"])]
    pub file: Option<String>,
    /// Action whose workflow definition is installed on this machine
    #[arg(long)]
    pub action: Option<String>,
}

/// What a workflow can be drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For wikis and code hosts
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
}

/// `workflow graph`
#[derive(Debug, Clone, Args)]
pub struct WorkflowGraphArgs {
    /// File with the workflow definition; `-` is the standard input
    #[arg(value_name = "FILE")]
    pub path: PathBuf,
    /// What to draw
    #[arg(long, short, value_enum, default_value = "mermaid")]
    pub format: GraphFormat,
    /// Write here instead of to the standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `workflow rehearse`
#[derive(Debug, Clone, Args)]
pub struct WorkflowRehearseArgs {
    /// Rehearsals: files, or directories of them
    #[arg(value_name = "SPEC", required = true)]
    pub specs: Vec<PathBuf>,
    /// What the paths in a rehearsal are relative to; by default its own directory, or the nearest one above that has the file
    #[arg(long, short = 'p', value_name = "DIR")]
    pub base_path: Option<PathBuf>,
    /// Print a report as JSON, one a line
    #[arg(long, short)]
    pub json: bool,
}

/// Which language an expression is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExpressionLanguage {
    Yaql,
    Jinja,
}

/// `expr`
#[derive(Debug, Clone, Args)]
pub struct ExprArgs {
    /// The expression, such as '<% ctx().name %>' or '{{ ctx().name }}'; without it, questions are read from the standard input,
    /// one {"lang","expr","ctx"} a line, and an answer a line is written: {"value"} or {"error":{"type","message","at"}}
    #[arg(value_name = "EXPR")]
    pub expression: Option<String>,
    /// A YAML or JSON file with what `ctx()` knows; `-` is the standard input
    #[arg(long, value_name = "FILE", requires = "expression")]
    pub ctx: Option<PathBuf>,
    /// The language; needed for an expression without delimiters, where the context is also `$` in YAQL, and its parts are
    /// variables in Jinja
    #[arg(long, value_enum)]
    pub lang: Option<ExpressionLanguage>,
    /// Print the value as JSON, also when it is a text, and the error too
    #[arg(long, short, requires = "expression")]
    pub json: bool,
}
