//! Broker and database for the rows that need them: the lanes' scripts say where they are, and each row reaches them over cables of its own.

use std::io::{Read as _, Seek as _};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::proxy::Proxy;

/// The URLs of a running broker and a running database.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    store: String,
    bus: String,
    /// The directories of both, to kill them and to start them again.
    broker: PathBuf,
    database: PathBuf,
}

/// The lanes as one row reaches them.
pub(crate) struct Cables {
    pub(crate) store: Proxy,
    pub(crate) bus: Proxy,
    pub(crate) store_url: String,
    pub(crate) bus_url: String,
    /// Past the cable.
    pub(crate) broker_url: String,
    pub(crate) broker: Server,
    pub(crate) database: Server,
}

impl Lanes {
    /// Returns the lanes of this run; none where they were not started.
    pub(crate) fn from_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        Some(Self {
            store: variable("SQUALL_TEST_MONGODB_URL")?,
            bus: variable("SQUALL_TEST_AMQP_URL")?,
            broker: variable("SQUALL_TEST_RABBITMQ_DIRECTORY")?.into(),
            database: variable("SQUALL_TEST_MONGODB_DIRECTORY")?.into(),
        })
    }

    /// Returns cables to both, and a database that nobody else has.
    pub(crate) fn connect(&self, database: &str) -> Cables {
        let store = Proxy::start(address(&self.store, 27017));
        let bus = Proxy::start(address(&self.bus, 5672));
        let store_url = format!("mongodb://{}/{database}", store.address);
        let bus_url = through(&self.bus, bus.address);
        let server = |script, directory: &Path| Server { script, directory: directory.to_owned() };
        let (broker, database) = (server("rabbitmq", &self.broker), server("mongodb", &self.database));
        Cables { store, bus, store_url, bus_url, broker_url: self.bus.clone(), broker, database }
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

/// The broker or the database of a lane, by its script.
pub(crate) struct Server {
    script: &'static str,
    directory: PathBuf,
}

impl Server {
    pub(crate) fn kill(&self) {
        self.call("kill", &[]);
    }

    pub(crate) fn start_again(&self) {
        self.call("again", &[]);
    }

    /// Calls `rabbitmqctl`.
    pub(crate) fn control(&self, words: &[&str]) {
        self.call("ctl", words);
    }

    fn call(&self, verb: &str, words: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lanes").join(self.script);
        // What the script leaves running keeps what it writes to, so that a pipe would never end.
        let mut log = tempfile::tempfile().expect("a temporary file");
        let mut command = Command::new(script);
        command.arg(verb).arg(&self.directory).args(words).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a file can be shared")).stderr(log.try_clone().expect("likewise"));
        let status = command.status().expect("the script of the lane starts");
        if !status.success() {
            let mut told = String::new();
            let _read = log.rewind().and_then(|()| log.read_to_string(&mut told));
            panic!("{} {verb} {words:?}: {told}", self.script);
        }
    }
}
