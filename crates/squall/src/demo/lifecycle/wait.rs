//! Waiting for something to hold, with a last word when it never does.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const PAUSE: Duration = Duration::from_millis(150);

/// Asks again and again until the answer is `Ok`; after `limit` the last `Err` says what was missing.
pub(super) async fn until<T, F, Fut>(what: &str, limit: Duration, ask: F) -> Result<T>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<std::result::Result<T, String>>>,
{
    let started = Instant::now();
    loop {
        let missing = match ask().await? {
            Ok(value) => return Ok(value),
            Err(missing) => missing,
        };
        if started.elapsed() > limit {
            bail!("waited {} s for {what}: {missing}", limit.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
