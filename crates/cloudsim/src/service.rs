//! What every simulated service is, and what it stands on.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::ids::Ids;
use crate::moment::Moment;
use crate::options::Timings;
use crate::reply::{Refusal, Reply};

/// The result of asking a service.
pub(crate) type Answer = Result<Reply, Refusal>;

/// A simulated service: a state machine that answers calls.
pub(crate) trait Service {
    /// Answers a call; `path` is what follows the service's prefix (and tenant, or organization).
    fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer;

    /// Words a refusal as this service would.
    fn refuse(&self, refusal: &Refusal) -> Reply;
}

/// The ground that the services stand on while they answer one call.
pub(crate) struct Env {
    pub(crate) ids: Ids,
    pub(crate) timings: Timings,
    pub(crate) quota: Quota,
    pub(crate) base_url: String,
    pub(crate) now: Moment,
    /// The tenant, or organization, in the path.
    pub(crate) tenant: String,
    /// A fault wants what this call makes to end in `ERROR`.
    pub(crate) ends_badly: bool,
    /// Names of the servers that exist, for whoever monitors them.
    pub(crate) hosts: Vec<String>,
}

/// Limits that a tenant runs into.
#[derive(Clone, Copy)]
pub(crate) struct Quota {
    pub(crate) servers: usize,
    pub(crate) load_balancer_nodes: usize,
}

impl Default for Quota {
    fn default() -> Self {
        Self { servers: 100, load_balancer_nodes: 25 }
    }
}

/// A text field of an object, if it is there and not empty.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A whole number that may be written as text, as pyrax does with ports.
pub(crate) fn whole_number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
