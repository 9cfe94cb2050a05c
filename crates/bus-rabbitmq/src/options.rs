//! How to reach the broker, and how patient to be with it.

use std::time::Duration;

use lapin::uri::AMQPUri;

use crate::BackOff;

#[derive(Debug, Clone)]
pub struct Options {
    /// `amqp://user:password@host:port/virtual-host`.
    pub url: String,
    /// Shown by the broker beside the connections.
    pub name: String,
    /// StackStorm's `messaging.prefix`: what the names of exchanges and queues begin with.
    pub prefix: String,
    /// After so many deliveries without success a message is dead.
    pub delivery_limit: u32,
    /// How long a message rests before it is delivered again, so that retries do not spin.
    pub retry: BackOff,
    /// How long to wait before the next attempt to connect.
    pub reconnect: BackOff,
    /// How long one attempt to connect and to declare the topology may take.
    pub connect_within: Duration,
    /// How long to wait for a connection before saying that the bus is unavailable.
    pub patience: Duration,
    /// How long the broker may take to confirm a message.
    pub confirm_within: Duration,
    /// How many messages may wait for their confirmation.
    pub in_flight: usize,
    /// A broker that is silent for twice as long is taken for dead.
    pub heartbeat: Duration,
}

/// The text is not the URL of a broker. The text itself is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("the URL of the message bus is not valid: {0}")]
pub struct InvalidUrl(String);

impl Options {
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            name: "squall".to_owned(),
            prefix: "st2".to_owned(),
            delivery_limit: 10,
            retry: BackOff { first: Duration::from_millis(100), longest: Duration::from_secs(30) },
            reconnect: BackOff { first: Duration::from_millis(50), longest: Duration::from_secs(2) },
            connect_within: Duration::from_secs(10),
            patience: Duration::from_secs(1),
            confirm_within: Duration::from_secs(5),
            in_flight: 1024,
            heartbeat: Duration::from_secs(10),
        }
    }

    pub(crate) fn uri(&self) -> Result<AMQPUri, InvalidUrl> {
        let mut uri: AMQPUri = self.url.parse().map_err(InvalidUrl)?;
        uri.query.heartbeat = Some(u16::try_from(self.heartbeat.as_secs()).unwrap_or(u16::MAX).max(1));
        uri.query.connection_timeout = Some(u64::try_from(self.connect_within.as_millis()).unwrap_or(u64::MAX));
        Ok(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_url_is_refused_without_showing_its_password() {
        let error = Options::new("http://guest:hunter2@host").uri().expect_err("another scheme");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let uri = Options::new("amqp://guest:guest@host/%2f").uri().expect("a URL");
        assert_eq!((uri.vhost.as_str(), uri.query.heartbeat), ("/", Some(10)));
    }
}
