//! What holds for one command: a pure function of flags, environment and configuration file, in this order.

mod config_file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use thiserror::Error;

pub use self::config_file::{ConfigFile, ConfigFileError, set_option};

use crate::api::{Credentials, Endpoints};
use crate::args::{CommonArgs, GlobalArgs};
use crate::output::{Format, OutputSettings, Palette};

const DEFAULT_BASE_URL: &str = "http://127.0.0.1";
const DEFAULT_API_VERSION: &str = "v1";
const API_PORT: u16 = 9101;
const AUTH_PORT: u16 = 9100;
const STREAM_PORT: u16 = 9102;

/// Settings that contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    #[error("basic_auth config options needs to be in the username:password notation")]
    BasicAuth,
    #[error("unknown time zone `{0}` in the section [cli] of the configuration file")]
    TimeZone(String),
}

/// What is known about the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    pub is_terminal: bool,
    pub width: usize,
}

/// Where settings come from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    pub global: &'a GlobalArgs,
    pub common: &'a CommonArgs,
    pub config: &'a ConfigFile,
    pub environment: &'a BTreeMap<String, String>,
    pub terminal: Terminal,
}

/// A user who is logged in before the command is run.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub username: String,
    pub password: Option<String>,
    pub cache_token: bool,
}

/// Which certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Any certificate, as the original does by default.
    Anything,
    /// Those that the system trusts.
    System,
    /// Those in this file.
    File(PathBuf),
}

/// The settings of one command.
#[derive(Clone)]
pub struct Settings {
    pub endpoints: Endpoints,
    pub credentials: Credentials,
    pub login: Option<Login>,
    pub trust: Trust,
    pub output: OutputSettings,
    pub debug: bool,
}

impl Settings {
    /// Combines the sources.
    pub fn resolve(sources: Sources<'_>) -> Result<Self, SettingsError> {
        let credentials = credentials(sources)?;
        Ok(Self {
            endpoints: endpoints(sources),
            login: login(sources, &credentials),
            credentials,
            trust: trust(sources),
            output: output(sources)?,
            debug: sources.global.debug || sources.config.debug,
        })
    }
}

/// Where the configuration file is, and whether the user has named another than the usual one, which has to be there then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPath {
    pub path: PathBuf,
    pub is_explicit: bool,
}

/// Tells whether the configuration file is to be passed over.
pub fn skips_config(global: &GlobalArgs, environment: &BTreeMap<String, String>) -> bool {
    let skip = environment.get("ST2_CLI_SKIP_CONFIG").is_some_and(|value| !matches!(value.as_str(), "" | "0"));
    global.skip_config || skip
}

/// Where the configuration file is. `ST2_CONFIG_PATH` is not asked: it names the file of StackStorm's services, not that of its client.
pub fn config_location(global: &GlobalArgs, environment: &BTreeMap<String, String>, home: &Path) -> ConfigPath {
    let default = home.join(".st2/config");
    let named = global.config_file.as_ref().filter(|path| !path.is_empty());
    let explicit = named.or_else(|| environment.get("ST2_CONFIG_FILE"));
    match explicit {
        Some(path) => {
            let path = path.strip_prefix("~/").map_or_else(|| PathBuf::from(path), |rest| home.join(rest));
            ConfigPath { is_explicit: path != default, path }
        }
        None => ConfigPath { path: default, is_explicit: false },
    }
}

/// The first of flag, environment variable and configuration file that says something.
fn first(flag: Option<&String>, environment: Option<&String>, config: Option<&String>) -> Option<String> {
    flag.or_else(|| environment.filter(|value| !value.is_empty())).or(config).cloned()
}

fn endpoints(Sources { global, config, environment, .. }: Sources<'_>) -> Endpoints {
    let variable = |name: &str| environment.get(name);
    let base = first(global.base_url.as_ref(), variable("ST2_BASE_URL"), config.base_url.as_ref());
    let base = base.unwrap_or_else(|| DEFAULT_BASE_URL.to_owned());
    let version = first(global.api_version.as_ref(), variable("ST2_API_VERSION"), config.api_version.as_ref());
    let version = version.unwrap_or_else(|| DEFAULT_API_VERSION.to_owned());
    Endpoints {
        api: first(global.api_url.as_ref(), variable("ST2_API_URL"), config.api_url.as_ref())
            .unwrap_or_else(|| format!("{base}:{API_PORT}/{version}")),
        auth: first(global.auth_url.as_ref(), variable("ST2_AUTH_URL"), config.auth_url.as_ref())
            .unwrap_or_else(|| format!("{base}:{AUTH_PORT}")),
        stream: first(global.stream_url.as_ref(), variable("ST2_STREAM_URL"), config.stream_url.as_ref())
            .unwrap_or_else(|| format!("{base}:{STREAM_PORT}/{version}")),
    }
}

fn credentials(Sources { global, common, config, environment, .. }: Sources<'_>) -> Result<Credentials, SettingsError> {
    let token = first(common.token.as_ref(), environment.get("ST2_AUTH_TOKEN"), None);
    let api_key = first(common.api_key.as_ref(), environment.get("ST2_API_KEY"), config.api_key.as_ref());
    let basic_auth = first(global.basic_auth.as_ref(), None, config.basic_auth.as_ref());
    let basic_auth = basic_auth
        .map(|text| {
            let (user, password) = text.split_once(':').ok_or(SettingsError::BasicAuth)?;
            Ok((user.to_owned(), password.to_owned()))
        })
        .transpose()?;
    Ok(Credentials { token, api_key, basic_auth })
}

/// Whoever brings a token or a key does not need to log in.
fn login(Sources { config, .. }: Sources<'_>, credentials: &Credentials) -> Option<Login> {
    if credentials.token.is_some() || credentials.api_key.is_some() {
        return None;
    }
    let username = config.username.clone()?;
    Some(Login { username, password: config.password.clone(), cache_token: config.cache_token })
}

fn trust(Sources { global, config, environment, .. }: Sources<'_>) -> Trust {
    let cacert = first(global.cacert.as_ref(), environment.get("ST2_CACERT"), config.cacert.as_ref());
    match cacert.as_deref().map(str::to_lowercase).as_deref() {
        None | Some("" | "false" | "0" | "f" | "no") => Trust::Anything,
        Some("true" | "1" | "t" | "y" | "yes") => Trust::System,
        Some(_) => cacert.map_or(Trust::Anything, |path| Trust::File(PathBuf::from(path))),
    }
}

fn output(Sources { common, config, environment, terminal, .. }: Sources<'_>) -> Result<OutputSettings, SettingsError> {
    if TimeZone::get(&config.timezone).is_err() {
        return Err(SettingsError::TimeZone(config.timezone.clone()));
    }
    let is_set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
    let is_colored = terminal.is_terminal && !is_set("NO_COLOR") && !is_set("ST2_COLORIZE");
    let format = match (common.output.json, common.output.yaml) {
        (true, _) => Format::Json,
        (false, true) => Format::Yaml,
        (false, false) => Format::Table,
    };
    Ok(OutputSettings {
        format,
        palette: if is_colored { Palette::Colored } else { Palette::Plain },
        width: terminal.width,
        timezone: config.timezone.clone(),
        silence_schema_output: config.silence_schema_output,
    })
}

#[cfg(test)]
mod tests;
