//! Leases: every process keeps a heartbeat, what it runs points at it, and whoever sweeps finds the work of the dead.

use std::collections::HashSet;
use std::time::Duration;

use parking_lot::Mutex;
use squall_model::{Id, Process, Timestamp};
use squall_store::{Query, Result};
use tracing::warn;

use crate::{Context, TaskKind};

/// How many heartbeats may be missing before a process counts as dead.
const MISSED_HEARTBEATS: u64 = 4;

/// How long others may need to be heard again after nobody reached the store: each may wait for an answer that does not come.
const RETURN: Duration = Duration::from_secs(10);

/// What this process knows of its own heartbeat. Who could not write it cannot judge others by theirs: where nobody reached the store for
/// a while, everybody looked dead to whoever came back first, and actions that ran were abandoned.
#[derive(Default)]
pub(crate) struct Pulse(Mutex<Beats>);

#[derive(Default)]
struct Beats {
    last: Option<Timestamp>,
    blind_until: Option<Timestamp>,
}

impl Pulse {
    /// A heartbeat of `begun` was written by `now`.
    fn beat(&self, begun: Timestamp, now: Timestamp, period: Duration) {
        let mut beats = self.0.lock();
        if is_late(beats.last, now, period) {
            beats.blind_until = Some(now.after(RETURN));
        }
        beats.last = Some(begun);
    }

    /// Tells whether others may be silent for no other reason than this process.
    fn is_blind(&self, now: Timestamp, period: Duration) -> bool {
        let beats = self.0.lock();
        is_late(beats.last, now, period) || beats.blind_until.is_some_and(|end| now < end)
    }
}

fn is_late(last: Option<Timestamp>, now: Timestamp, period: Duration) -> bool {
    last.is_some_and(|last| now.since(last) > period * 2)
}

/// Registers this process and keeps its heartbeat going until shutdown.
pub async fn keep_heartbeat(context: &Context, roles: Vec<String>) -> Result<()> {
    let record = Process {
        id: context.process,
        hostname: context.runner_info.hostname.clone(),
        pid: context.runner_info.pid,
        roles,
        started: context.now(),
        heartbeat: context.now(),
    };
    context.store.processes.put(record.clone()).await?;
    context.pulse.beat(record.heartbeat, context.now(), period(context));
    let beating = context.clone();
    context.tasks.spawn(TaskKind::Background, "heartbeat", async move { beat(beating, record).await });
    Ok(())
}

async fn beat(context: Context, mut record: Process) {
    let period = period(&context);
    let mut shutdown = context.tasks.shutdown();
    loop {
        tokio::select! {
            biased;
            () = context.clock.sleep(period) => {}
            () = shutdown.wait() => return,
        }
        // An embedded store has one process: its lock says more than any heartbeat, and an idle platform stays idle.
        if context.settings.embedded {
            continue;
        }
        record.heartbeat = context.now();
        match context.store.processes.put(record.clone()).await {
            Ok(()) => context.pulse.beat(record.heartbeat, context.now(), period),
            Err(error) => warn!(%error, "could not write the heartbeat"),
        }
    }
}

/// Takes this process off the list, so that its work is taken over at once.
pub async fn retire(context: &Context) -> Result<()> {
    context.store.processes.delete(&context.process).await.map(|_| ())
}

/// Returns the processes that are alive; work of any other may be taken over.
pub async fn living(context: &Context) -> Result<HashSet<Id>> {
    if context.settings.embedded {
        return Ok(HashSet::from([context.process]));
    }
    let limit = Duration::from_secs(context.settings.heartbeat_seconds * MISSED_HEARTBEATS);
    let processes = context.store.processes.list(&Query::all()).await?.items;
    let now = context.now();
    let is_blind = context.pulse.is_blind(now, period(context));
    let alive = processes.into_iter().filter(|process| is_blind || now.since(process.heartbeat) <= limit);
    Ok(alive.map(|process| process.id).chain([context.process]).collect())
}

fn period(context: &Context) -> Duration {
    Duration::from_secs(context.settings.heartbeat_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(1_767_225_600_000_000).after(Duration::from_secs(seconds))
    }

    #[test]
    fn who_could_not_write_its_own_heartbeat_takes_nobody_for_dead() {
        let pulse = Pulse::default();
        assert!(!pulse.is_blind(at(0), PERIOD), "a process that keeps none judges others");
        pulse.beat(at(0), at(0), PERIOD);
        assert!(!pulse.is_blind(at(2), PERIOD));
        assert!(pulse.is_blind(at(3), PERIOD), "the store does not answer");
        pulse.beat(at(5), at(6), PERIOD);
        pulse.beat(at(7), at(7), PERIOD);
        assert!(pulse.is_blind(at(15), PERIOD), "the others may not be back yet");
        (8..=17).for_each(|second| pulse.beat(at(second), at(second), PERIOD));
        assert!(!pulse.is_blind(at(17), PERIOD));
    }
}
