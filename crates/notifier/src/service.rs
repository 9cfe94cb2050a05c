//! Removes what has expired, a bounded number at a time.

use std::time::Duration;

use squall_service::{Context, Service, ServiceError};
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
        loop {
            match collect(&context).await {
                Ok(Removed { keys: 0, tokens: 0 }) => {}
                Ok(Removed { keys, tokens }) => info!(keys, tokens, "removed what had expired"),
                Err(error) => warn!(%error, "could not remove what has expired"),
            }
            tokio::select! {
                () = context.clock.sleep(PERIOD) => {}
                () = shutdown.wait() => return Ok(()),
            }
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
