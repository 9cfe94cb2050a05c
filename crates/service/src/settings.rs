//! The settings that services read. The binary fills them from file, environment and flags.

use std::path::PathBuf;

/// When finished actions become `core.st2.generic.actiontrigger` events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionTriggers {
    /// For every finished execution, as StackStorm does.
    Always,
    /// Only while some rule listens: an event that nobody wants is not stored.
    WhenUsed,
}

#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the embedded store, virtual environments, configs and logs live.
    pub data_dir: PathBuf,
    /// Directories of packs, in order: the first that has a pack wins.
    pub packs_dirs: Vec<PathBuf>,
    /// The directory with `PACK.yaml` configuration files.
    pub configs_dir: PathBuf,
    /// The import shim for Python packs.
    pub python_shim_dir: PathBuf,
    pub python_binary: PathBuf,
    /// The API's URL as actions and sensors see it, with `/v1`.
    pub api_url: String,
    pub auth_url: String,
    /// The user that rules and sensors act as.
    pub system_user: String,
    pub webui_base_url: String,
    pub auth_enabled: bool,
    pub token_ttl_seconds: u64,
    pub service_token_ttl_seconds: u64,
    pub max_page_size: u64,
    pub mask_secrets: bool,
    pub allow_origins: Vec<String>,
    /// The cookie of browsers is sent over HTTPS only (and to the machine itself).
    pub secure_cookie: bool,
    pub max_body_bytes: usize,
    pub validate_trigger_payload: bool,
    pub validate_trigger_parameters: bool,
    pub validate_output_schema: bool,
    pub action_triggers: ActionTriggers,
    /// How many actions one process runs at a time.
    pub actions_pool_size: usize,
    /// How many workflows one process drives at a time.
    pub workflows_pool_size: usize,
    pub local_timezone: String,
    /// Seconds between heartbeats; a lease lasts four of them.
    pub heartbeat_seconds: u64,
    /// Seconds between sweeps for work that no message announced.
    pub sweep_seconds: u64,
    pub stream_heartbeat_seconds: u64,
    /// How long a stop waits for running actions.
    pub drain_seconds: u64,
    /// The store belongs to this process alone, so any other owner of a lease is dead.
    pub embedded: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let data_dir = PathBuf::from("squall-data");
        Self {
            configs_dir: data_dir.join("configs"),
            python_shim_dir: data_dir.join("python"),
            packs_dirs: vec![data_dir.join("packs")],
            data_dir,
            python_binary: PathBuf::from("python3"),
            api_url: "http://127.0.0.1:9101/v1".to_owned(),
            auth_url: "http://127.0.0.1:9100".to_owned(),
            system_user: "stanley".to_owned(),
            webui_base_url: "https://localhost".to_owned(),
            auth_enabled: true,
            token_ttl_seconds: 86_400,
            service_token_ttl_seconds: 86_400,
            max_page_size: 100,
            mask_secrets: true,
            allow_origins: Vec::new(),
            secure_cookie: true,
            max_body_bytes: 10 * 1024 * 1024,
            validate_trigger_payload: true,
            validate_trigger_parameters: true,
            validate_output_schema: false,
            action_triggers: ActionTriggers::WhenUsed,
            actions_pool_size: 60,
            workflows_pool_size: 40,
            local_timezone: "UTC".to_owned(),
            heartbeat_seconds: 2,
            sweep_seconds: 5,
            stream_heartbeat_seconds: 25,
            drain_seconds: 30,
            embedded: true,
        }
    }
}
