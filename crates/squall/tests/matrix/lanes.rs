//! Broker and database for the rows that need them: the lanes' scripts say where they are, and each row reaches them over cables of its own.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::proxy::Proxy;

/// The URLs of a running broker and a running database.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    store: String,
    bus: String,
    /// The directory of the broker, to kill it and to start it again.
    broker: PathBuf,
}

/// The lanes as one row reaches them.
pub(crate) struct Cables {
    pub(crate) store: Proxy,
    pub(crate) bus: Proxy,
    pub(crate) store_url: String,
    pub(crate) bus_url: String,
    pub(crate) broker: Broker,
}

impl Lanes {
    /// Returns the lanes of this run; none where they were not started.
    pub(crate) fn from_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        Some(Self {
            store: variable("SQUALL_TEST_MONGODB_URL")?,
            bus: variable("SQUALL_TEST_AMQP_URL")?,
            broker: variable("SQUALL_TEST_RABBITMQ_DIRECTORY")?.into(),
        })
    }

    /// Returns cables to both, and a database that nobody else has.
    pub(crate) fn connect(&self, database: &str) -> Cables {
        let store = Proxy::start(address(&self.store, 27017));
        let bus = Proxy::start(address(&self.bus, 5672));
        let store_url = format!("mongodb://{}/{database}", store.address);
        let bus_url = through(&self.bus, bus.address);
        Cables { store, bus, store_url, bus_url, broker: Broker(self.broker.clone()) }
    }
}

/// Returns where the server of a URL listens.
fn address(url: &str, port: u16) -> SocketAddr {
    let place = authority(url).rsplit('@').next().unwrap_or_default();
    let place = if place.contains(':') { place.to_owned() } else { format!("{place}:{port}") };
    let mut found = place.to_socket_addrs().unwrap_or_else(|error| panic!("{place}: {error}"));
    found.next().unwrap_or_else(|| panic!("{place} has no address"))
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// Returns the URL with another place in it: login and path stay.
fn through(url: &str, place: SocketAddr) -> String {
    let old = authority(url);
    let new = old.rsplit_once('@').map_or_else(|| place.to_string(), |(login, _)| format!("{login}@{place}"));
    url.replacen(old, &new, 1)
}

/// The broker of the lane, by its script.
pub(crate) struct Broker(PathBuf);

impl Broker {
    pub(crate) fn kill(&self) {
        self.script(&["kill"]);
    }

    pub(crate) fn start_again(&self) {
        self.script(&["again"]);
    }

    /// Calls `rabbitmqctl`.
    pub(crate) fn control(&self, words: &[&str]) {
        let mut all = vec!["ctl"];
        all.extend(words);
        self.script(&all);
    }

    fn script(&self, words: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lanes/rabbitmq");
        let mut command = Command::new(script);
        command.arg(words[0]).arg(&self.0).args(&words[1..]);
        let output = command.output().expect("the script of the lane starts");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
