//! Configuration: defaults, then a file, then the environment, then flags; the last one said wins.
//!
//! [`options::TABLE`] is the list of what can be configured; file keys, environment variables, help and `--print-config` follow from it.

mod file;
mod observability;
pub(crate) mod options;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use squall_model::Secret;
use squall_service::Settings;

pub(crate) use self::observability::{Driver, Telemetry};
use self::options::{ConfigOption, TABLE};
use crate::roles::Role;

const EMBEDDED_STORE: &str = "sqlite";
const EMBEDDED_BUS: &str = "in-process";
/// Seconds; among several processes the dead are to be found within ten seconds: four heartbeats and a sweep.
const DISTRIBUTED_HEARTBEAT: u64 = 1;
const DISTRIBUTED_SWEEP: u64 = 2;

/// What `squall serve` runs with.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) listen: IpAddr,
    /// Port 0 lets the system choose; none means that this face is not served.
    pub(crate) api_port: Option<u16>,
    pub(crate) auth_port: Option<u16>,
    pub(crate) stream_port: Option<u16>,
    /// The port with the `/api`, `/auth` and `/stream` prefixes.
    pub(crate) combined_port: Option<u16>,
    /// The port for health and metrics alone, for processes without a face of the API.
    pub(crate) health_port: Option<u16>,
    pub(crate) telemetry: Telemetry,
    pub(crate) log_level: String,
    pub(crate) log_format: LogFormat,
    pub(crate) register: bool,
    /// The names of the roles of this process.
    pub(crate) roles: Vec<String>,
    pub(crate) store_url: Secret,
    pub(crate) bus_url: Secret,
    /// What the names of exchanges and queues begin with.
    pub(crate) bus_prefix: String,
    pub(crate) keys_dir: PathBuf,
    sources: BTreeMap<&'static str, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            listen: IpAddr::from([127, 0, 0, 1]),
            api_port: Some(9101),
            auth_port: Some(9100),
            stream_port: Some(9102),
            combined_port: Some(9110),
            health_port: None,
            telemetry: Telemetry::default(),
            log_level: "info".to_owned(),
            log_format: LogFormat::Text,
            register: true,
            roles: vec!["all".to_owned()],
            store_url: Secret::new(EMBEDDED_STORE),
            bus_url: Secret::new(EMBEDDED_BUS),
            bus_prefix: "st2".to_owned(),
            keys_dir: PathBuf::from("squall-data"),
            sources: BTreeMap::new(),
        }
    }
}

/// A value that can't be taken, and where it was said.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{place}: {message}")]
pub(crate) struct ConfigError {
    pub(crate) place: String,
    pub(crate) message: String,
}

/// Everything that can't be taken, one a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigErrors(pub(crate) Vec<ConfigError>);

impl std::error::Error for ConfigErrors {}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\nsquall: "))
    }
}

/// Puts the sources together. All mistakes are told at once.
pub(crate) fn load(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &[(&'static str, Value)],
) -> Result<Config, ConfigErrors> {
    let mut config = Config::default();
    let mut errors = Vec::new();
    if let Some(path) = file {
        match file::read(path) {
            Ok(entries) => {
                for entry in entries {
                    errors.extend(entry.and_then(|entry| config.set(entry.option, &entry.value, entry.place)).err());
                }
            }
            Err(error) => errors.push(error),
        }
    }
    errors.extend(environment.keys().filter_map(|name| misspelt_variable(name)));
    for option in TABLE {
        if let Some(text) = environment.get(&option.variable()) {
            let place = format!("environment variable {}", option.variable());
            errors.extend(config.set(option, &Value::String(text.clone()), place).err());
        }
    }
    for (key, value) in flags {
        if let Some(option) = options::find(key) {
            errors.extend(config.set(option, value, flag_of(key)).err());
        }
    }
    config.settings.embedded = config.store_url.expose() == EMBEDDED_STORE;
    let named_packs_dirs = config.derive();
    errors.extend(config.check(&named_packs_dirs).err());
    if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
}

fn flag_of(key: &str) -> String {
    match key {
        "auth.enabled" => "--auth".to_owned(),
        "packs_dirs" => "--packs-dir".to_owned(),
        "roles" => "--role".to_owned(),
        "store.url" | "bus.url" => format!("--{}", key.trim_end_matches(".url")),
        _ => format!("--{}", key.replace(['_', '.'], "-")),
    }
}

/// Other programs may have variables that begin like ours; what is one or two letters away from one of ours is a mistake.
fn misspelt_variable(name: &str) -> Option<ConfigError> {
    if !name.starts_with("SQUALL_") || TABLE.iter().any(|option| option.variable() == name) {
        return None;
    }
    let nearest = TABLE.iter().map(|option| (squall_packs::edit_distance(name, &option.variable()), option.variable()));
    let (_, near) = nearest.filter(|(steps, _)| *steps <= 2).min()?;
    let message = format!("there is no such option; did you mean {near}?");
    Some(ConfigError { place: format!("environment variable {name}"), message })
}

impl Config {
    fn set(&mut self, option: &'static ConfigOption, value: &Value, place: String) -> Result<(), ConfigError> {
        (option.set)(self, value).map_err(|expected| ConfigError {
            place: place.clone(),
            message: format!("`{}` must be {expected}, not {value}", option.key),
        })?;
        self.sources.insert(option.key, place);
        Ok(())
    }

    /// Directories that were not configured are below the data directory; what else follows from what was said. Returns the directories
    /// of packs that somebody named.
    fn derive(&mut self) -> Vec<PathBuf> {
        let settings = &mut self.settings;
        let data = settings.data_dir.clone();
        if !self.sources.contains_key("configs_dir") {
            settings.configs_dir = data.join("configs");
        }
        if !self.sources.contains_key("keys_dir") {
            self.keys_dir = data.clone();
        }
        if !settings.embedded && !self.sources.contains_key("process.heartbeat_seconds") {
            settings.heartbeat_seconds = DISTRIBUTED_HEARTBEAT;
        }
        if !settings.embedded && !self.sources.contains_key("process.sweep_seconds") {
            settings.sweep_seconds = DISTRIBUTED_SWEEP;
        }
        settings.python_shim_dir = data.join("system").join("python");
        let own = if self.sources.contains_key("packs_dirs") { settings.packs_dirs.clone() } else { Vec::new() };
        settings.packs_dirs.clone_from(&own);
        settings.packs_dirs.push(data.join("packs"));
        settings.packs_dirs.push(data.join("system").join("packs"));
        own
    }

    fn check(&self, named_packs_dirs: &[PathBuf]) -> Result<(), ConfigError> {
        if let Some(missing) = named_packs_dirs.iter().find(|directory| !directory.is_dir()) {
            return Err(self.wrong("packs_dirs", format!("{} is not a directory", missing.display())));
        }
        let roles = Role::parse_list(&self.roles)
            .map_err(|expected| self.wrong("roles", format!("`roles` must be {expected}")))?;
        self.check_backends()?;
        if !self.settings.embedded && roles.len() < Role::ALL.len() && self.is_bus_embedded() {
            let reason = "roles in several processes need a message bus that they share: `bus.url` must be amqp://…";
            return Err(self.wrong("roles", reason.to_owned()));
        }
        if self.settings.embedded && roles.len() < Role::ALL.len() {
            let reason = "an embedded store belongs to one process, which has to do everything; for some roles only, \
                          `store.url` must be mongodb://… and `bus.url` amqp://…";
            return Err(self.wrong("roles", reason.to_owned()));
        }
        if !self.settings.auth_enabled && !self.listen.is_loopback() {
            let message =
                format!("without authentication only a loopback address may be listened on, not {}", self.listen);
            return Err(self.wrong("auth.enabled", message));
        }
        Ok(())
    }

    fn check_backends(&self) -> Result<(), ConfigError> {
        let (store, bus) = (self.store_url.expose(), self.bus_url.expose());
        let known = |url: &str, schemes: [&str; 2]| schemes.iter().any(|scheme| url.starts_with(scheme));
        if store != EMBEDDED_STORE && !known(store, ["mongodb://", "mongodb+srv://"]) {
            return Err(self.wrong("store.url", "`store.url` must be `sqlite` or begin with mongodb://".to_owned()));
        }
        if bus != EMBEDDED_BUS && !known(bus, ["amqp://", "amqps://"]) {
            return Err(self.wrong("bus.url", "`bus.url` must be `in-process` or begin with amqp://".to_owned()));
        }
        Ok(())
    }

    fn wrong(&self, key: &str, message: String) -> ConfigError {
        ConfigError { place: self.sources.get(key).cloned().unwrap_or_else(|| key.to_owned()), message }
    }

    /// Returns the roles of this process.
    pub(crate) fn roles(&self) -> BTreeSet<Role> {
        Role::parse_list(&self.roles).unwrap_or_else(|_| Role::ALL.into())
    }

    pub(crate) fn is_bus_embedded(&self) -> bool {
        self.bus_url.expose() == EMBEDDED_BUS
    }

    /// Tells whether the value was said by somebody, and is not the default.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.sources.contains_key(key)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.settings.data_dir.join("squall.db")
    }

    /// Returns every option with its value and where that came from.
    pub(crate) fn describe(&self) -> String {
        let mut text = String::new();
        for option in TABLE {
            let value = (option.get)(self);
            let source = self.sources.get(option.key).map_or("default", String::as_str);
            text.push_str(&format!("# {} [{}]\n{}: {value}\n", option.help, source, option.key));
        }
        text
    }
}

#[cfg(test)]
mod tests;
