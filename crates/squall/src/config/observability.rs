//! What leaves the process for others to look at, and where to.

/// StackStorm's `metrics.driver`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driver {
    Noop,
    Statsd,
}

#[derive(Debug, Clone)]
pub(crate) struct Telemetry {
    pub(crate) driver: Driver,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) prefix: String,
    /// The URL of a collector; traces go to `/v1/traces` below it.
    pub(crate) otlp_endpoint: Option<String>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            driver: Driver::Noop,
            host: "127.0.0.1".to_owned(),
            port: 8125,
            prefix: String::new(),
            otlp_endpoint: None,
        }
    }
}
