//! Logs on standard error, for people or for programs.

mod json;

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use self::json::JsonLines;
use crate::config::LogFormat;

/// Starts logging; `RUST_LOG` beats the level.
pub(crate) fn start(level: &str, format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    // A second start (tests, the demo inside a served process) keeps the first one's logs.
    let _already = match format {
        LogFormat::Text => {
            let text = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
            // A reader of the log that goes away takes nothing along: complaining about it on the same stream would be a panic.
            text.log_internal_errors(false).with_ansi(std::io::stderr().is_terminal()).try_init()
        }
        LogFormat::Json => {
            let lines = Registry::default().with(filter).with(JsonLines::new(std::io::stderr));
            lines.try_init().map_err(Into::into)
        }
    };
}
