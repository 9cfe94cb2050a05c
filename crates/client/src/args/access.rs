//! `auth`, `login`, `apikey`, `role`, `role-assignment` and `service-registry`.

use clap::{Args, Subcommand};

use super::{CommonArgs, FileArgs, GetArgs, ListArgs, OutputArgs, ReferenceArgs};

#[derive(Debug, Clone, Args)]
pub struct PasswordArgs {
    /// Name of the user
    pub username: String,
    /// Password; asked for when it is missing
    #[arg(short = 'p', long)]
    pub password: Option<String>,
    /// Seconds for which the token is valid
    #[arg(short = 'l', long)]
    pub ttl: Option<u64>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Clone, Args)]
pub struct AuthArgs {
    #[command(flatten)]
    pub login: PasswordArgs,
    /// Print nothing but the token
    #[arg(short = 't', long)]
    pub only_token: bool,
}

#[derive(Debug, Clone, Args)]
pub struct LoginArgs {
    #[command(flatten)]
    pub login: PasswordArgs,
    /// Store the password in plain text in the configuration file
    #[arg(short = 'w', long)]
    pub write_password: bool,
}

/// The commands under `apikey`.
#[derive(Debug, Clone, Subcommand)]
pub enum ApiKeyCommand {
    /// List API keys
    List(ApiKeyListArgs),
    /// Show API keys
    Get(GetArgs),
    /// Create an API key; it is shown once and never again
    Create(ApiKeyCreateArgs),
    /// Delete an API key
    Delete(ReferenceArgs),
    /// Enable an API key
    Enable(ReferenceArgs),
    /// Disable an API key
    Disable(ReferenceArgs),
    /// Load API keys from a file
    Load(ApiKeyLoadArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ApiKeyListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only keys of this user
    #[arg(short = 'u', long)]
    pub user: Option<String>,
    /// Show all attributes
    #[arg(short = 'd', long)]
    pub detail: bool,
    /// Show secrets
    #[arg(long)]
    pub show_secrets: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ApiKeyCreateArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// User to whom the key belongs
    #[arg(short = 'u', long)]
    pub user: Option<String>,
    /// Metadata of the key, as a JSON object
    #[arg(short = 'm', long)]
    pub metadata: Option<String>,
    /// Print nothing but the key
    #[arg(short = 'k', long)]
    pub only_key: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ApiKeyLoadArgs {
    #[command(flatten)]
    pub file: FileArgs,
    /// Widths of the columns
    #[arg(short = 'w', long, num_args = 1..)]
    pub width: Vec<usize>,
}

/// The commands under `role`.
#[derive(Debug, Clone, Subcommand)]
pub enum RoleCommand {
    /// List roles
    List(RoleListArgs),
    /// Show roles
    Get(GetArgs),
}

#[derive(Debug, Clone, Args)]
pub struct RoleListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only roles of the system
    #[arg(short = 's', long)]
    pub system: bool,
}

/// The commands under `role-assignment`.
#[derive(Debug, Clone, Subcommand)]
pub enum RoleAssignmentCommand {
    /// List assignments of roles
    List(RoleAssignmentListArgs),
    /// Show assignments of roles
    Get(GetArgs),
}

#[derive(Debug, Clone, Args)]
pub struct RoleAssignmentListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only assignments of this role
    #[arg(short = 'r', long)]
    pub role: Option<String>,
    /// Only assignments to this user
    #[arg(short = 'u', long)]
    pub user: Option<String>,
    /// Only assignments from this source
    #[arg(short = 's', long)]
    pub source: Option<String>,
    /// Only assignments that come from a remote group
    #[arg(long)]
    pub remote: bool,
}

/// The commands under `service-registry`.
#[derive(Debug, Clone, Subcommand)]
pub enum ServiceRegistryCommand {
    /// Groups of services
    #[command(subcommand)]
    Group(ServiceGroupCommand),
    /// Members of groups
    #[command(subcommand)]
    Member(ServiceMemberCommand),
}

/// The commands under `service-registry group`.
#[derive(Debug, Clone, Subcommand)]
pub enum ServiceGroupCommand {
    /// List groups of services
    List(ListArgs),
}

/// The commands under `service-registry member`.
#[derive(Debug, Clone, Subcommand)]
pub enum ServiceMemberCommand {
    /// List members of groups
    List(ServiceMemberListArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ServiceMemberListArgs {
    #[command(flatten)]
    pub list: ListArgs,
    /// Only members of this group
    #[arg(long)]
    pub group_id: Option<String>,
}
