//! Configuration: defaults, then a file, then the environment, then flags; the last one said wins.
//!
//! [`options::TABLE`] is the list of what can be configured; file keys, environment variables, help and `--print-config` follow from it.

mod file;
pub(crate) mod options;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use squall_service::Settings;

use self::options::{ConfigOption, TABLE};

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
    pub(crate) log_level: String,
    pub(crate) log_format: LogFormat,
    pub(crate) register: bool,
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
            log_level: "info".to_owned(),
            log_format: LogFormat::Text,
            register: true,
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

/// Puts the sources together.
pub(crate) fn load(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &[(&'static str, Value)],
) -> Result<Config, ConfigError> {
    let mut config = Config::default();
    if let Some(path) = file {
        for entry in file::read(path)? {
            config.set(entry.option, &entry.value, entry.place)?;
        }
    }
    for option in TABLE {
        if let Some(text) = environment.get(&option.variable()) {
            config.set(option, &Value::String(text.clone()), format!("environment variable {}", option.variable()))?;
        }
    }
    for (key, value) in flags {
        if let Some(option) = options::find(key) {
            let flag = if *key == "auth.enabled" { "auth".to_owned() } else { key.replace(['_', '.'], "-") };
            config.set(option, value, format!("--{flag}"))?;
        }
    }
    config.derive_paths();
    config.check()?;
    Ok(config)
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

    /// Directories that were not configured are below the data directory.
    fn derive_paths(&mut self) {
        let settings = &mut self.settings;
        let data = settings.data_dir.clone();
        if !self.sources.contains_key("configs_dir") {
            settings.configs_dir = data.join("configs");
        }
        settings.python_shim_dir = data.join("system").join("python");
        let own = if self.sources.contains_key("packs_dirs") { settings.packs_dirs.clone() } else { Vec::new() };
        settings.packs_dirs = own;
        settings.packs_dirs.push(data.join("packs"));
        settings.packs_dirs.push(data.join("system").join("packs"));
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !self.settings.auth_enabled && !self.listen.is_loopback() {
            let place = self.sources.get("auth.enabled").cloned().unwrap_or_else(|| "auth.enabled".to_owned());
            let message =
                format!("without authentication only a loopback address may be listened on, not {}", self.listen);
            return Err(ConfigError { place, message });
        }
        Ok(())
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
