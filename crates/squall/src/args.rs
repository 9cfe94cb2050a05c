//! What can be typed: the server's commands and the client's.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::{Value, json};
use squall_client::{ClientCommand, GlobalArgs};

/// Event-driven automation: a drop-in for StackStorm in one binary.
#[derive(Debug, Parser)]
#[command(name = "squall", version, max_term_width = 120, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct SquallArgs {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the platform: every role in this process on an embedded store, or some roles on RabbitMQ and MongoDB
    Serve(ServeArgs),
    /// Play the autoscaling life cycle against the bundled simulator and check what became of it
    Demo(DemoArgs),
    /// Ask a process whether it is ready: 0 if it is
    Health(HealthArgs),
    /// Write everything that a data directory holds to one file, while the server runs
    Backup(BackupArgs),
    /// Make a data directory of a backup
    Restore(RestoreArgs),
    /// Move everything that is stored from a data directory to MongoDB, or back
    Move(MoveArgs),
    /// Run the simulator of the outside world by itself
    Cloudsim(CloudsimArgs),
    #[command(flatten)]
    Client(ClientCommand),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthMode {
    /// Users log in
    Standalone,
    /// Everybody on this machine is an administrator (loopback only)
    None,
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServeArgs {
    /// The configuration file (YAML) [env: SQUALL_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where the database, keys, packs and virtual environments live
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// What this process does: all, or some of api, auth, stream, sensors, timers, rules, scheduler, workflow, actionrunner, notifier
    #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
    pub(crate) roles: Vec<String>,
    /// Where the truth is: sqlite, or mongodb://HOST/DATABASE
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// How processes tell each other: in-process, or amqp://HOST
    #[arg(long, value_name = "URL")]
    pub(crate) bus: Option<String>,
    /// The directory of the keys that all processes share; the data directory by default
    #[arg(long, value_name = "DIR")]
    pub(crate) keys_dir: Option<PathBuf>,
    /// A directory of packs, registered at the start; may be given more than once
    #[arg(long = "packs-dir", value_name = "DIR")]
    pub(crate) packs_dirs: Vec<PathBuf>,
    /// Who may call the API
    #[arg(long, value_enum)]
    pub(crate) auth: Option<AuthMode>,
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<IpAddr>,
    /// The port of the API (0: any)
    #[arg(long, value_name = "PORT")]
    pub(crate) api_port: Option<u16>,
    /// The port for authentication (0: any)
    #[arg(long, value_name = "PORT")]
    pub(crate) auth_port: Option<u16>,
    /// The port of the event stream (0: any)
    #[arg(long, value_name = "PORT")]
    pub(crate) stream_port: Option<u16>,
    /// The port with /api, /auth and /stream on it (0: any)
    #[arg(long, value_name = "PORT")]
    pub(crate) combined_port: Option<u16>,
    /// error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
    /// Print every option with its value and where that came from, and exit
    #[arg(long)]
    pub(crate) print_config: bool,
}

impl ServeArgs {
    /// Returns what the flags set, by option.
    pub(crate) fn options(&self) -> Vec<(&'static str, Value)> {
        let Self {
            config: _,
            data_dir,
            roles,
            store,
            bus,
            keys_dir,
            packs_dirs,
            auth,
            listen,
            api_port,
            auth_port,
            stream_port,
            combined_port,
            log_level,
            print_config: _,
        } = self;
        let mut options = Vec::new();
        let mut put = |key: &'static str, value: Option<Value>| options.extend(value.map(|value| (key, value)));
        put("data_dir", data_dir.as_ref().map(|path| json!(path)));
        put("roles", (!roles.is_empty()).then(|| json!(roles)));
        put("store.url", store.as_ref().map(|url| json!(url)));
        put("bus.url", bus.as_ref().map(|url| json!(url)));
        put("keys_dir", keys_dir.as_ref().map(|path| json!(path)));
        put("packs_dirs", (!packs_dirs.is_empty()).then(|| json!(packs_dirs)));
        put("auth.enabled", auth.map(|mode| json!(mode == AuthMode::Standalone)));
        put("listen", listen.map(|address| json!(address)));
        put("api.port", api_port.map(|port| json!(port)));
        put("auth.port", auth_port.map(|port| json!(port)));
        put("stream.port", stream_port.map(|port| json!(port)));
        put("combined.port", combined_port.map(|port| json!(port)));
        put("log.level", log_level.as_ref().map(|level| json!(level)));
        options
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct HealthArgs {
    /// Any port of the process, without a path
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:9101")]
    pub(crate) url: String,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct BackupArgs {
    /// The file to write; it holds keys and is readable by its owner alone
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The data directory; its server may be running
    #[arg(long, value_name = "DIR", default_value = "squall-data", env = "SQUALL_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RestoreArgs {
    /// The file that `squall backup` has written
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where the installation is to be; no server may be running there
    #[arg(long, value_name = "DIR", default_value = "squall-data", env = "SQUALL_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Replace what is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Leave the platform and the simulator running, and print URL and login
    #[arg(long)]
    pub(crate) keep: bool,
    /// Print events as JSON, one a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the data here instead of in a temporary directory
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct MoveArgs {
    /// A data directory, or mongodb://HOST/DATABASE; nothing may be running on it
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Where everything goes: a data directory, or mongodb://HOST/DATABASE
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    /// The directory of the keys that the processes on MongoDB share
    #[arg(long, value_name = "DIR")]
    pub(crate) keys_dir: Option<PathBuf>,
    /// Go on with a move that was interrupted
    #[arg(long)]
    pub(crate) resume: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CloudsimArgs {
    /// Where to listen; a loopback address only
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9200")]
    pub(crate) listen: std::net::SocketAddr,
    /// Append every request to this file, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Seed of the ids and keys that the simulator makes up
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many times faster than a real cloud things happen
    #[arg(long, default_value_t = 1)]
    pub(crate) speed: u32,
}
