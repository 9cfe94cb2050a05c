//! Work for the platform, and a record of what it acknowledged.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use crate::support::http::{Answer, Request};

/// A request that nobody answers is asked again for so long.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// What is asked of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Five steps in a row.
    Five,
    /// Ten items, three at a time.
    Ten,
    /// An event that a rule turns into one action.
    Event,
}

/// One piece of work.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) token: String,
    pub(crate) kind: Kind,
    /// Whether its actions may run again.
    pub(crate) may_repeat: bool,
    /// The id of the execution that was acknowledged; an event has none.
    pub(crate) execution: Option<String>,
    /// When the platform acknowledged it.
    pub(crate) acknowledged: Option<SystemTime>,
}

impl Kind {
    /// How many effects it has when nothing happens to it.
    pub(crate) const fn effects(self) -> usize {
        match self {
            Kind::Five => 5,
            Kind::Ten => 10,
            Kind::Event => 1,
        }
    }
}

/// Hands work to a platform that may be away.
pub(crate) struct Client {
    pub(crate) api: SocketAddr,
    pub(crate) journal: PathBuf,
}

impl Client {
    pub(crate) fn new(api: SocketAddr, journal: &Path) -> Self {
        Self { api, journal: journal.to_owned() }
    }

    /// Asks for the work until it is acknowledged, or nobody has answered for long.
    pub(crate) fn submit(&self, token: String, kind: Kind, may_repeat: bool) -> Work {
        let parameters = json!({"token": token, "journal": self.journal});
        let request = match kind {
            Kind::Event => Request::post("/v1/webhooks/matrix", &parameters),
            Kind::Five | Kind::Ten => {
                let action = if kind == Kind::Five { "matrix.five" } else { "matrix.ten" };
                let mut parameters = parameters;
                parameters["kind"] = json!(if may_repeat { "again" } else { "once" });
                Request::post("/v1/executions", &json!({"action": action, "parameters": parameters}))
                    .header("Idempotency-Key", &token)
            }
        };
        let answer = self.patiently(&request, |answer| matches!(answer.status, 201 | 202));
        let execution = answer
            .as_ref()
            .filter(|_| kind != Kind::Event)
            .and_then(|answer| answer.json()["id"].as_str().map(str::to_owned));
        Work { token, kind, may_repeat, execution, acknowledged: answer.map(|_| SystemTime::now()) }
    }

    pub(crate) fn get(&self, target: &str) -> Option<Value> {
        self.patiently(&Request::get(target), |answer| answer.status == 200).map(|answer| answer.json())
    }

    /// Sends until the answer is good; none when that takes too long.
    fn patiently(&self, request: &Request, is_good: impl Fn(&Answer) -> bool) -> Option<Answer> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match request.try_send(self.api) {
                Ok(answer) if is_good(&answer) => return Some(answer),
                Ok(answer) if (400..500).contains(&answer.status) => {
                    panic!("the platform refused what it should take: {} {}", answer.status, answer.text)
                }
                _ => std::thread::sleep(BETWEEN_TRIES),
            }
        }
        None
    }
}
