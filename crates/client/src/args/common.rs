//! Flags that many commands share.

use clap::Args;

/// `-j` and `-y`.
#[derive(Debug, Clone, Default, Args)]
pub struct OutputArgs {
    /// Print JSON
    #[arg(short = 'j', long)]
    pub json: bool,
    /// Print YAML
    #[arg(short = 'y', long)]
    pub yaml: bool,
}

/// Credentials and output: every command that asks the API has them.
#[derive(Debug, Clone, Default, Args)]
pub struct CommonArgs {
    /// Access token [env: ST2_AUTH_TOKEN]
    #[arg(short = 't', long)]
    pub token: Option<String>,
    /// API key [env: ST2_API_KEY]
    #[arg(long)]
    pub api_key: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which columns a list has.
#[derive(Debug, Clone, Default, Args)]
pub struct ColumnArgs {
    /// Attributes to show; `all` for all of them
    #[arg(short = 'a', long, num_args = 1..)]
    pub attr: Vec<String>,
    /// Widths of the columns
    #[arg(short = 'w', long, num_args = 1..)]
    pub width: Vec<usize>,
}

/// A plain list.
#[derive(Debug, Clone, Default, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub columns: ColumnArgs,
}

/// A list of what belongs to packs.
#[derive(Debug, Clone, Default, Args)]
pub struct PackListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only what belongs to this pack
    #[arg(short = 'p', long)]
    pub pack: Option<String>,
}

/// How many of a long list.
#[derive(Debug, Clone, Args)]
pub struct LastArgs {
    /// How many of the most recent to show; -1 for all
    #[arg(short = 'n', long, default_value_t = 50, allow_negative_numbers = true)]
    pub last: i64,
}

/// A period of time.
#[derive(Debug, Clone, Default, Args)]
pub struct PeriodArgs {
    /// Only what is later than this time, for example 2000-01-01T12:00:00.000Z (short: -tg)
    #[arg(long)]
    pub timestamp_gt: Option<String>,
    /// Only what is earlier than this time (short: -tl)
    #[arg(long)]
    pub timestamp_lt: Option<String>,
}

/// One or more resources to show.
#[derive(Debug, Clone, Args)]
pub struct GetArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Reference, name or id
    #[arg(value_name = "ref-or-id", required = true)]
    pub ids: Vec<String>,
    /// Attributes to show; `all` for all of them
    #[arg(short = 'a', long, num_args = 1..)]
    pub attr: Vec<String>,
}

/// One resource.
#[derive(Debug, Clone, Args)]
pub struct ReferenceArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Reference, name or id
    #[arg(value_name = "ref-or-id")]
    pub id: String,
}

/// A file with a resource.
#[derive(Debug, Clone, Args)]
pub struct FileArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// JSON or YAML file with the resource
    pub file: String,
}

/// A resource and the file that replaces it.
#[derive(Debug, Clone, Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Reference, name or id
    #[arg(value_name = "ref-or-id")]
    pub id: String,
    /// JSON or YAML file with the resource
    pub file: String,
}
