//! How the parts of this process are: what `/readyz` says, and since when.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use squall_model::Timestamp;
use squall_store::Query;

use crate::Context;

/// How long the store may take to answer before it counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(2);

/// The state of one part: fine, or not and why, and for how long it has been so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub since: Timestamp,
}

/// What is known of the roles of this process, and what was found when store and bus were asked the last time.
#[derive(Default)]
pub struct Health {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    store: Option<Component>,
    roles: BTreeMap<&'static str, Component>,
}

impl Health {
    /// Notes that a role runs.
    pub fn role_runs(&self, role: &'static str, now: Timestamp) {
        self.lock().roles.insert(role, Component { ok: true, reason: None, since: now });
    }

    /// Notes that a role can't go on.
    pub fn role_ended(&self, role: &'static str, reason: impl Into<String>, now: Timestamp) {
        self.lock().roles.insert(role, Component { ok: false, reason: Some(reason.into()), since: now });
    }

    /// Notes what the store answered; what stays as it was keeps the moment since when it is so.
    fn store_answered(&self, outcome: Result<(), String>, now: Timestamp) -> Component {
        let mut known = self.lock();
        let ok = outcome.is_ok();
        let since = known.store.as_ref().filter(|before| before.ok == ok).map_or(now, |before| before.since);
        known.store.insert(Component { ok, reason: outcome.err(), since }).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    pub ready: bool,
    /// The process was told to stop: it finishes what it began and takes nothing new.
    pub stopping: bool,
    pub store: Component,
    pub bus: Component,
    pub roles: BTreeMap<&'static str, Component>,
}

/// Asks store and bus, and puts together what is known of the roles.
pub async fn readiness(context: &Context) -> Readiness {
    let store = context.health.store_answered(ask_store(context).await, context.now());
    let bus = bus(context);
    let roles = context.health.lock().roles.clone();
    let stopping = context.tasks.is_stopping();
    let ready = !stopping && store.ok && bus.ok && roles.values().all(|role| role.ok);
    Readiness { ready, stopping, store, bus, roles }
}

async fn ask_store(context: &Context) -> Result<(), String> {
    // Of a kind that is never answered from memory.
    let query = Query::all().limit(1);
    match tokio::time::timeout(PATIENCE, context.store.processes.list(&query)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn bus(context: &Context) -> Component {
    let health = context.bus.health();
    let reason = (!health.available).then(|| health.last_error.unwrap_or_else(|| "unavailable".to_owned()));
    Component { ok: health.available, reason, since: context.now().before(health.lasting) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    #[test]
    fn a_component_keeps_the_moment_since_when_it_is_as_it_is() {
        let health = Health::default();
        let at = |seconds| START.after(Duration::from_secs(seconds));
        let steps = [
            (0, Ok(()), 0),
            (5, Ok(()), 0),
            (9, Err("the disk is full"), 9),
            (12, Err("the database is locked"), 9),
            (20, Ok(()), 20),
        ];
        for (now, outcome, since) in steps {
            let found = health.store_answered(outcome.map_err(str::to_owned), at(now));
            assert_eq!(found.since, at(since), "at {now}");
            assert_eq!(found.reason.as_deref(), outcome.err(), "at {now}");
        }
    }
}
