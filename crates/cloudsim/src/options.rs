//! What a simulator is started with, and why it may refuse to start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How to run a simulator.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen. Has to be a loopback address; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// A file that every journal line is appended to, before the request is answered.
    pub journal: Option<PathBuf>,
    /// Seed of the ids, passwords and keys that the simulator makes up.
    pub seed: u64,
    /// How long things take.
    pub timings: Timings,
}

impl Default for Options {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), journal: None, seed: 1, timings: Timings::default() }
    }
}

/// How long things take in the simulated world.
#[derive(Clone, Debug)]
pub struct Timings {
    /// A server is `BUILD` for this long.
    pub server_build: Duration,
    /// A server is `REBOOT` or `HARD_REBOOT` for this long.
    pub server_reboot: Duration,
    /// A load balancer is `BUILD`, `PENDING_UPDATE` or `PENDING_DELETE` for this long after each change.
    pub load_balancer_update: Duration,
    /// A DNS job is `RUNNING` for this long; then its effect shows.
    pub dns_job: Duration,
    /// A Chef node with a run list has converged after this long.
    pub chef_converge: Duration,
    /// An identity token is valid for this long.
    pub token_lifetime: Duration,
    /// The first pause of the alert sender after a failed connection; doubled up to 5 s, 7 times. Passes in real time.
    pub alert_retry: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            server_build: Duration::from_secs(2),
            server_reboot: Duration::from_secs(1),
            load_balancer_update: Duration::from_millis(300),
            dns_job: Duration::from_millis(500),
            chef_converge: Duration::from_secs(2),
            token_lifetime: Duration::from_secs(24 * 60 * 60),
            alert_retry: Duration::from_millis(200),
        }
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The listen address can be reached from elsewhere.
    #[error("{0} is not a loopback address; the simulator does not listen anywhere else")]
    NotLoopback(SocketAddr),
    /// The address is taken, or may not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The journal file cannot be opened for appending.
    #[error("cannot append to the journal {}", path.display())]
    Journal {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The HTTP client that sends alerts cannot be set up.
    #[error("cannot set up the alert sender")]
    AlertSender(#[source] reqwest::Error),
}
