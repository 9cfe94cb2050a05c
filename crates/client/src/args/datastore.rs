//! `key` and `inquiry`.

use clap::{Args, Subcommand};

use super::{ColumnArgs, CommonArgs, FileArgs, GetArgs, LastArgs, ListArgs};

/// The commands under `key`.
#[derive(Debug, Clone, Subcommand)]
pub enum KeyCommand {
    /// List keys
    List(KeyListArgs),
    /// Show keys
    Get(KeyGetArgs),
    /// Set a key
    Set(KeySetArgs),
    /// Delete a key
    Delete(KeyDeleteArgs),
    /// Load keys from a file
    Load(KeyLoadArgs),
    /// Delete all keys whose names start alike
    #[command(name = "delete_by_prefix")]
    DeleteByPrefix(KeyPrefixArgs),
}

#[derive(Debug, Clone, Args)]
pub struct KeyListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only keys whose names start so
    #[arg(long)]
    pub prefix: Option<String>,
    /// Show secrets in plain text
    #[arg(short = 'd', long)]
    pub decrypt: bool,
    /// Scope: all, system or user
    #[arg(short = 's', long, default_value = "all")]
    pub scope: String,
    /// User to whom keys of the scope `user` belong (administrators only)
    #[arg(short = 'u', long)]
    pub user: Option<String>,
    #[command(flatten)]
    pub last: LastArgs,
}

#[derive(Debug, Clone, Args)]
pub struct KeyGetArgs {
    #[command(flatten)]
    pub get: GetArgs,
    /// Show secrets in plain text
    #[arg(short = 'd', long)]
    pub decrypt: bool,
    /// Scope: system or user
    #[arg(short = 's', long, default_value = "system")]
    pub scope: String,
}

/// Where a key is written.
#[derive(Debug, Clone, Args)]
pub struct KeyScopeArgs {
    /// Scope: system or user
    #[arg(short = 's', long, default_value = "system")]
    pub scope: String,
    /// User to whom keys of the scope `user` belong (administrators only)
    #[arg(short = 'u', long)]
    pub user: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct KeySetArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Name of the key
    pub name: String,
    /// Value; asked for when it is missing
    pub value: Option<String>,
    /// Encrypt the value
    #[arg(short = 'e', long, conflicts_with = "encrypted")]
    pub encrypt: bool,
    /// The value is encrypted already and is stored as it is
    #[arg(long)]
    pub encrypted: bool,
    /// Seconds for which the value is kept
    #[arg(short = 'l', long)]
    pub ttl: Option<u64>,
    #[command(flatten)]
    pub scope: KeyScopeArgs,
}

#[derive(Debug, Clone, Args)]
pub struct KeyDeleteArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Name of the key
    pub name: String,
    #[command(flatten)]
    pub scope: KeyScopeArgs,
}

#[derive(Debug, Clone, Args)]
pub struct KeyLoadArgs {
    #[command(flatten)]
    pub file: FileArgs,
    /// Convert values that are no strings to JSON
    #[arg(short = 'c', long)]
    pub convert: bool,
}

#[derive(Debug, Clone, Args)]
pub struct KeyPrefixArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// How the names start, for example twitter.TwitterSensor:
    #[arg(short = 'p', long)]
    pub prefix: String,
}

/// The commands under `inquiry`.
#[derive(Debug, Clone, Subcommand)]
pub enum InquiryCommand {
    /// List inquiries
    List(InquiryListArgs),
    /// Show inquiries
    Get(GetArgs),
    /// Answer an inquiry
    Respond(InquiryRespondArgs),
}

#[derive(Debug, Clone, Args)]
pub struct InquiryListArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub columns: ColumnArgs,
    #[command(flatten)]
    pub last: LastArgs,
}

#[derive(Debug, Clone, Args)]
pub struct InquiryRespondArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Id of the inquiry
    pub id: String,
    /// The answer as a JSON object; asked for, field by field, when it is missing
    #[arg(short = 'r', long)]
    pub response: Option<String>,
}
