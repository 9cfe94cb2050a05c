//! Leases: every process keeps a heartbeat, what it runs points at it, and whoever sweeps finds the work of the dead.

use std::collections::HashSet;
use std::time::Duration;

use squall_model::{Id, Process};
use squall_store::{Query, Result};
use tracing::warn;

use crate::{Context, TaskKind};

/// How many heartbeats may be missing before a process counts as dead.
const MISSED_HEARTBEATS: u64 = 4;

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
    let beating = context.clone();
    context.tasks.spawn(TaskKind::Background, "heartbeat", async move { beat(beating, record).await });
    Ok(())
}

async fn beat(context: Context, mut record: Process) {
    let period = Duration::from_secs(context.settings.heartbeat_seconds);
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
        if let Err(error) = context.store.processes.put(record.clone()).await {
            warn!(%error, "could not write the heartbeat");
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
    let now = context.now();
    let processes = context.store.processes.list(&Query::all()).await?.items;
    let alive = processes.into_iter().filter(|process| now.since(process.heartbeat) <= limit);
    Ok(alive.map(|process| process.id).chain([context.process]).collect())
}
