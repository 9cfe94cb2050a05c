//! Writes the events of ends that a crash cut off, and removes what has expired, a bounded number at a time.

use std::time::Duration;

use squall_service::{Context, Service, ServiceError, TaskKind, announce_ends};
use squall_store::{Condition, Query, Result};
use tracing::{info, warn};

/// How long between two collections.
const PERIOD: Duration = Duration::from_secs(60);
/// The most documents that one write removes.
const CHUNK: u64 = 500;

/// The role `notifier`.
pub struct Notifier;

#[async_trait::async_trait]
impl Service for Notifier {
    fn name(&self) -> &'static str {
        "notifier"
    }

    async fn run(self: Box<Self>, context: Context) -> std::result::Result<(), ServiceError> {
        let mut shutdown = context.tasks.shutdown();
        let sweeping = context.clone();
        context.tasks.spawn(TaskKind::Background, "notifier-sweep", async move { sweep(&sweeping).await });
        loop {
            match collect(&context).await {
                Ok(Removed { keys: 0, tokens: 0 }) => {}
                Ok(Removed { keys, tokens }) => info!(keys, tokens, "removed what had expired"),
                Err(error) => warn!(%error, "could not remove what has expired"),
            }
            tokio::select! {
                biased;
                () = context.clock.sleep(PERIOD) => {}
                () = shutdown.wait() => return Ok(()),
            }
        }
    }
}

/// Looks for ends whose events are missing, again and again until shutdown. What ended just now may still be on its way.
async fn sweep(context: &Context) {
    let period = Duration::from_secs(context.settings.sweep_seconds);
    let mut shutdown = context.tasks.shutdown();
    loop {
        match announce_ends(context, context.now().before(period)).await {
            Ok(0) => {}
            Ok(count) => {
                info!(count, "wrote the events of ends that had lost them");
                continue;
            }
            Err(error) => warn!(%error, "could not look for ends whose events are missing"),
        }
        tokio::select! {
            biased;
            () = context.clock.sleep(period) => {}
            () = shutdown.wait() => return,
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Removed {
    keys: u64,
    tokens: u64,
}

async fn collect(context: &Context) -> Result<Removed> {
    let expired = |path: &str| Query::all().filter(path, Condition::LessThan(context.now().to_string().into()));
    Ok(Removed {
        keys: context.store.keys.delete_matching(&expired("expire_timestamp"), CHUNK).await?,
        tokens: context.store.tokens.delete_matching(&expired("expiry"), CHUNK).await?,
    })
}
