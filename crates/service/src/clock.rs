//! Time, as a port: services ask the context, tests move it by hand.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use squall_model::Timestamp;

#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Waits until the clock shows `moment` or later.
    async fn sleep_until(&self, moment: Timestamp);

    /// Waits for so long, as this clock counts.
    async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now().after(duration)).await;
    }
}

/// The clock of the machine. It may be set back; waiting goes by the moments it shows, re-read at least every minute.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX))
    }

    async fn sleep_until(&self, moment: Timestamp) {
        loop {
            let left = moment.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(60))).await;
        }
    }
}
