//! Faults: which requests go wrong, and how.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Call;
use crate::glob;

/// A fault as it is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultSpec {
    /// Glob on the path.
    route: String,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    retry_after: Option<u64>,
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    latency_ms: u64,
    #[serde(default)]
    then: Option<Then>,
    /// How often; `null` means until deleted.
    #[serde(default = "once")]
    times: Option<u64>,
    /// How many matching requests pass first.
    #[serde(default)]
    after: u64,
}

#[expect(clippy::unnecessary_wraps, reason = "serde calls it for the default of an Option, where None means for ever")]
const fn once() -> Option<u64> {
    Some(1)
}

/// What a faulty request does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Then {
    /// Nothing.
    Skip,
    /// It takes effect, whatever the answer says.
    Apply,
    /// It takes effect, and what it made ends in error.
    Error,
}

/// What one fault does to one request.
#[derive(Clone, Debug)]
pub(crate) struct Strike {
    pub(crate) fault: u64,
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: u64,
    pub(crate) drop: bool,
    pub(crate) latency: Duration,
    pub(crate) then: Then,
}

/// The faults that are set.
#[derive(Default)]
pub(crate) struct FaultTable {
    faults: Vec<Fault>,
    last_id: u64,
}

struct Fault {
    id: u64,
    spec: FaultSpec,
    passed: u64,
    struck: u64,
}

impl FaultTable {
    pub(crate) fn add(&mut self, spec: FaultSpec) -> Value {
        self.last_id += 1;
        let fault = Fault { id: self.last_id, spec, passed: 0, struck: 0 };
        let view = fault.view();
        self.faults.push(fault);
        view
    }

    /// Removes one fault, or all; says how many.
    pub(crate) fn remove(&mut self, id: Option<u64>) -> usize {
        let before = self.faults.len();
        self.faults.retain(|fault| id.is_some_and(|id| fault.id != id));
        before - self.faults.len()
    }

    /// The first fault that strikes this call, which thereby counts as used.
    pub(crate) fn strike(&mut self, call: &Call) -> Option<Strike> {
        self.faults.iter_mut().find_map(|fault| fault.strike(call))
    }

    pub(crate) fn view(&self) -> Value {
        self.faults.iter().map(Fault::view).collect()
    }
}

impl Fault {
    fn strike(&mut self, call: &Call) -> Option<Strike> {
        let spec = &self.spec;
        let method_matches = spec.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&call.method));
        if !method_matches || !glob::matches(&spec.route, &call.path) {
            return None;
        }
        if spec.times.is_some_and(|times| self.struck >= times) {
            return None;
        }
        if self.passed < spec.after {
            self.passed += 1;
            return None;
        }
        self.struck += 1;
        let default = if spec.status.is_some() || spec.drop { Then::Skip } else { Then::Apply };
        Some(Strike {
            fault: self.id,
            status: spec.status,
            retry_after: spec.retry_after.unwrap_or(1),
            drop: spec.drop,
            latency: Duration::from_millis(spec.latency_ms),
            then: spec.then.unwrap_or(default),
        })
    }

    fn view(&self) -> Value {
        json!({"id": self.id, "fault": self.spec, "struck": self.struck})
    }
}
