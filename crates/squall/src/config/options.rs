//! Everything that can be configured, one row each.

use std::path::PathBuf;

use serde_json::{Value, json};
use squall_model::Secret;
use squall_service::ActionTriggers;

use super::{Config, Driver, LogFormat};

pub(crate) struct ConfigOption {
    /// The key in the file; dots are nesting.
    pub(crate) key: &'static str,
    pub(crate) help: &'static str,
    /// Takes the value, or says what it must be.
    pub(crate) set: fn(&mut Config, &Value) -> Result<(), &'static str>,
    pub(crate) get: fn(&Config) -> Value,
}

impl ConfigOption {
    /// Returns the environment variable: `SQUALL_AUTH_ENABLED` for `auth.enabled`.
    pub(crate) fn variable(&self) -> String {
        format!("SQUALL_{}", self.key.replace('.', "_").to_uppercase())
    }
}

pub(crate) fn find(key: &str) -> Option<&'static ConfigOption> {
    TABLE.iter().find(|option| option.key == key)
}

pub(crate) const TABLE: &[ConfigOption] = &[
    ConfigOption {
        key: "data_dir",
        help: "where the database, keys, packs and virtual environments live",
        set: |config, value| path(value).map(|found| config.settings.data_dir = found),
        get: |config| json!(config.settings.data_dir),
    },
    ConfigOption {
        key: "roles",
        help: "what this process does: `all`, or some of the roles",
        set: |config, value| texts(value).map(|found| config.roles = found),
        get: |config| json!(config.roles),
    },
    ConfigOption {
        key: "store.url",
        help: "`sqlite` (embedded, below the data directory) or a mongodb:// URL that all processes share",
        set: |config, value| text(value).map(|found| config.store_url = Secret::new(found)),
        get: |config| json!(without_password(config.store_url.expose())),
    },
    ConfigOption {
        key: "bus.url",
        help: "`in-process` or an amqp:// URL that all processes share",
        set: |config, value| text(value).map(|found| config.bus_url = Secret::new(found)),
        get: |config| json!(without_password(config.bus_url.expose())),
    },
    ConfigOption {
        key: "bus.prefix",
        help: "what the names of exchanges and queues begin with, to keep installations on one broker apart",
        set: |config, value| text(value).map(|found| config.bus_prefix = found),
        get: |config| json!(config.bus_prefix),
    },
    ConfigOption {
        key: "keys_dir",
        help: "the directory of the installation's keys and first password; all processes need the same ones",
        set: |config, value| path(value).map(|found| config.keys_dir = found),
        get: |config| json!(config.keys_dir),
    },
    ConfigOption {
        key: "packs_dirs",
        help: "directories of packs, in order; the data directory's own come after them",
        set: |config, value| paths(value).map(|found| config.settings.packs_dirs = found),
        get: |config| json!(config.settings.packs_dirs),
    },
    ConfigOption {
        key: "configs_dir",
        help: "the directory of the packs' configurations (PACK.yaml)",
        set: |config, value| path(value).map(|found| config.settings.configs_dir = found),
        get: |config| json!(config.settings.configs_dir),
    },
    ConfigOption {
        key: "register",
        help: "register new and changed packs at the start",
        set: |config, value| flag(value).map(|found| config.register = found),
        get: |config| json!(config.register),
    },
    ConfigOption {
        key: "listen",
        help: "the address that the API listens on",
        set: |config, value| text(value)?.parse().map_err(|_| "an IP address").map(|found| config.listen = found),
        get: |config| json!(config.listen),
    },
    ConfigOption {
        key: "api.port",
        help: "the port of the REST API; none turns it off",
        set: |config, value| port(value).map(|found| config.api_port = found),
        get: |config| json!(config.api_port),
    },
    ConfigOption {
        key: "api.url",
        help: "the URL of the REST API for actions and sensors, with /v1; by default this process's own",
        set: |config, value| text(value).map(|found| config.settings.api_url = found),
        get: |config| json!(config.settings.api_url),
    },
    ConfigOption {
        key: "auth.port",
        help: "the port for authentication; none turns it off",
        set: |config, value| port(value).map(|found| config.auth_port = found),
        get: |config| json!(config.auth_port),
    },
    ConfigOption {
        key: "stream.port",
        help: "the port of the event stream; none turns it off",
        set: |config, value| port(value).map(|found| config.stream_port = found),
        get: |config| json!(config.stream_port),
    },
    ConfigOption {
        key: "combined.port",
        help: "the port that serves all three below /api, /auth and /stream; none turns it off",
        set: |config, value| port(value).map(|found| config.combined_port = found),
        get: |config| json!(config.combined_port),
    },
    ConfigOption {
        key: "health.port",
        help: "a port for /healthz, /readyz and /metrics alone; none: only the ports of the API answer them",
        set: |config, value| port(value).map(|found| config.health_port = found),
        get: |config| json!(config.health_port),
    },
    ConfigOption {
        key: "auth.enabled",
        help: "ask callers who they are; without it everybody on this machine is an administrator",
        set: |config, value| flag(value).map(|found| config.settings.auth_enabled = found),
        get: |config| json!(config.settings.auth_enabled),
    },
    ConfigOption {
        key: "auth.token_ttl",
        help: "seconds that a token lives at most",
        set: |config, value| count(value).map(|found| config.settings.token_ttl_seconds = found),
        get: |config| json!(config.settings.token_ttl_seconds),
    },
    ConfigOption {
        key: "api.allow_origins",
        help: "origins of browsers that may use the API",
        set: |config, value| texts(value).map(|found| config.settings.allow_origins = found),
        get: |config| json!(config.settings.allow_origins),
    },
    ConfigOption {
        key: "api.auth_cookie_secure",
        help: "browsers send the cookie of the web UI over HTTPS only; without it the UI's live updates and icons work over plain HTTP",
        set: |config, value| flag(value).map(|found| config.settings.secure_cookie = found),
        get: |config| json!(config.settings.secure_cookie),
    },
    ConfigOption {
        key: "api.mask_secrets",
        help: "show secrets as asterisks",
        set: |config, value| flag(value).map(|found| config.settings.mask_secrets = found),
        get: |config| json!(config.settings.mask_secrets),
    },
    ConfigOption {
        key: "api.max_page_size",
        help: "the longest list that users other than administrators may ask for",
        set: |config, value| count(value).map(|found| config.settings.max_page_size = found),
        get: |config| json!(config.settings.max_page_size),
    },
    ConfigOption {
        key: "api.max_body_bytes",
        help: "the largest request body",
        set: |config, value| {
            config.settings.max_body_bytes = usize::try_from(count(value)?).map_err(|_| "a whole number")?;
            Ok(())
        },
        get: |config| json!(config.settings.max_body_bytes),
    },
    ConfigOption {
        key: "stream.heartbeat",
        help: "seconds between signs of life on an event stream",
        set: |config, value| count(value).map(|found| config.settings.stream_heartbeat_seconds = found),
        get: |config| json!(config.settings.stream_heartbeat_seconds),
    },
    ConfigOption {
        key: "webui.base_url",
        help: "the URL of the web UI, for links",
        set: |config, value| text(value).map(|found| config.settings.webui_base_url = found),
        get: |config| json!(config.settings.webui_base_url),
    },
    ConfigOption {
        key: "system_user",
        help: "the user that rules and sensors act as",
        set: |config, value| text(value).map(|found| config.settings.system_user = found),
        get: |config| json!(config.settings.system_user),
    },
    ConfigOption {
        key: "python.binary",
        help: "the Python interpreter for packs without a virtual environment",
        set: |config, value| program(value).map(|found| config.settings.python_binary = found),
        get: |config| json!(config.settings.python_binary),
    },
    ConfigOption {
        key: "actionrunner.pool_size",
        help: "how many actions run at a time",
        set: |config, value| {
            config.settings.actions_pool_size = usize::try_from(count(value)?).map_err(|_| "a whole number")?;
            Ok(())
        },
        get: |config| json!(config.settings.actions_pool_size),
    },
    ConfigOption {
        key: "actionrunner.drain_seconds",
        help: "how long a stop waits for running actions",
        set: |config, value| count(value).map(|found| config.settings.drain_seconds = found),
        get: |config| json!(config.settings.drain_seconds),
    },
    ConfigOption {
        key: "process.heartbeat_seconds",
        help: "seconds between signs of life of a process; one that has missed four is dead, and its work is taken over",
        set: |config, value| count(value).map(|found| config.settings.heartbeat_seconds = found),
        get: |config| json!(config.settings.heartbeat_seconds),
    },
    ConfigOption {
        key: "process.sweep_seconds",
        help: "seconds between looks for work that no message announced",
        set: |config, value| count(value).map(|found| config.settings.sweep_seconds = found),
        get: |config| json!(config.settings.sweep_seconds),
    },
    ConfigOption {
        key: "action_sensor.emit",
        help: "store an event for finished actions `always` or only `when_used` by a rule",
        set: |config, value| {
            config.settings.action_triggers = match value.as_str() {
                Some("always") => ActionTriggers::Always,
                Some("when_used") => ActionTriggers::WhenUsed,
                _ => return Err("`always` or `when_used`"),
            };
            Ok(())
        },
        get: |config| match config.settings.action_triggers {
            ActionTriggers::Always => json!("always"),
            ActionTriggers::WhenUsed => json!("when_used"),
        },
    },
    ConfigOption {
        key: "system.validate_trigger_payload",
        help: "refuse events that do not fit the schema of their trigger type",
        set: |config, value| flag(value).map(|found| config.settings.validate_trigger_payload = found),
        get: |config| json!(config.settings.validate_trigger_payload),
    },
    ConfigOption {
        key: "system.validate_output_schema",
        help: "fail actions whose result does not fit their output schema",
        set: |config, value| flag(value).map(|found| config.settings.validate_output_schema = found),
        get: |config| json!(config.settings.validate_output_schema),
    },
    ConfigOption {
        key: "timer.local_timezone",
        help: "the time zone of timers that name none",
        set: |config, value| text(value).map(|found| config.settings.local_timezone = found),
        get: |config| json!(config.settings.local_timezone),
    },
    ConfigOption {
        key: "metrics.driver",
        help: "`statsd` sends StackStorm's metrics to metrics.host; /metrics is there with either",
        set: |config, value| {
            config.telemetry.driver = match value.as_str() {
                Some("noop") => Driver::Noop,
                Some("statsd") => Driver::Statsd,
                _ => return Err("`noop` or `statsd`"),
            };
            Ok(())
        },
        get: |config| match config.telemetry.driver {
            Driver::Noop => json!("noop"),
            Driver::Statsd => json!("statsd"),
        },
    },
    ConfigOption {
        key: "metrics.host",
        help: "where statsd listens",
        set: |config, value| text(value).map(|found| config.telemetry.host = found),
        get: |config| json!(config.telemetry.host),
    },
    ConfigOption {
        key: "metrics.port",
        help: "the UDP port of statsd",
        set: |config, value| {
            config.telemetry.port = port(value)?.ok_or("a port")?;
            Ok(())
        },
        get: |config| json!(config.telemetry.port),
    },
    ConfigOption {
        key: "metrics.prefix",
        help: "put between `st2.` and the name of every metric",
        set: |config, value| text(value).map(|found| config.telemetry.prefix = found),
        get: |config| json!(config.telemetry.prefix),
    },
    ConfigOption {
        key: "telemetry.otlp_endpoint",
        help: "where traces are sent: the URL of an OpenTelemetry collector (OTLP over HTTP); none: nowhere",
        set: |config, value| {
            config.telemetry.otlp_endpoint = match value {
                Value::Null => None,
                Value::String(word) if word == "none" || word.is_empty() => None,
                Value::String(url) if url.starts_with("http://") || url.starts_with("https://") => Some(url.clone()),
                _ => return Err("an http:// or https:// URL, or none"),
            };
            Ok(())
        },
        get: |config| json!(config.telemetry.otlp_endpoint),
    },
    ConfigOption {
        key: "log.level",
        help: "error, warn, info, debug or trace",
        set: |config, value| {
            let level = text(value)?;
            if !["error", "warn", "info", "debug", "trace"].contains(&level.as_str()) {
                return Err("one of error, warn, info, debug and trace");
            }
            config.log_level = level;
            Ok(())
        },
        get: |config| json!(config.log_level),
    },
    ConfigOption {
        key: "log.format",
        help: "text or json",
        set: |config, value| {
            config.log_format = match value.as_str() {
                Some("text") => LogFormat::Text,
                Some("json") => LogFormat::Json,
                _ => return Err("`text` or `json`"),
            };
            Ok(())
        },
        get: |config| match config.log_format {
            LogFormat::Text => json!("text"),
            LogFormat::Json => json!("json"),
        },
    },
];

/// Returns the URL without its password, for people.
pub(crate) fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    match rest.split_once('@') {
        Some((login, place)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:********@{place}")
        }
        None => url.to_owned(),
    }
}

fn text(value: &Value) -> Result<String, &'static str> {
    value.as_str().map(str::to_owned).ok_or("a text")
}

fn path(value: &Value) -> Result<PathBuf, &'static str> {
    let text = value.as_str().filter(|text| !text.is_empty()).ok_or("a path")?;
    std::path::absolute(text).map_err(|_| "a path")
}

/// Takes a path, or a bare name that is looked for where programs are.
fn program(value: &Value) -> Result<PathBuf, &'static str> {
    match value.as_str() {
        Some(name) if !name.is_empty() && !name.contains('/') => Ok(PathBuf::from(name)),
        _ => path(value),
    }
}

/// Takes a list; in the environment its items are separated by colons or commas.
fn texts(value: &Value) -> Result<Vec<String>, &'static str> {
    match value {
        Value::Array(items) => items.iter().map(|item| text(item).map_err(|_| "a list of texts")).collect(),
        Value::String(joined) => {
            Ok(joined.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
        }
        _ => Err("a list of texts"),
    }
}

fn paths(value: &Value) -> Result<Vec<PathBuf>, &'static str> {
    let texts = match value {
        Value::String(joined) => joined.split(':').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        other => texts(other).map_err(|_| "a list of paths")?,
    };
    texts.iter().map(|text| path(&json!(text))).collect()
}

fn flag(value: &Value) -> Result<bool, &'static str> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(word) if word == "true" => Ok(true),
        Value::String(word) if word == "false" => Ok(false),
        _ => Err("true or false"),
    }
}

fn count(value: &Value) -> Result<u64, &'static str> {
    let number = match value {
        Value::String(digits) => digits.parse().ok(),
        other => other.as_u64(),
    };
    number.filter(|number| *number > 0).ok_or("a whole number above 0")
}

fn port(value: &Value) -> Result<Option<u16>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(word) if word == "none" => Ok(None),
        Value::String(digits) => digits.parse().map(Some).map_err(|_| "a port or none"),
        other => other.as_u64().and_then(|port| u16::try_from(port).ok()).map(Some).ok_or("a port or none"),
    }
}
