//! A clock that tests move by hand.

use std::time::Duration;

use async_trait::async_trait;
use squall_model::Timestamp;
use squall_service::Clock;
use tokio::sync::watch;

pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl ManualClock {
    pub fn new(start: Timestamp) -> Self {
        Self { now: watch::channel(start).0 }
    }

    /// Moves the clock on and wakes who slept until then.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now = now.after(by));
    }
}

impl Default for ManualClock {
    /// Starts at 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::new(Timestamp::from_micros(1_767_225_600_000_000))
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        // An error means that the clock is gone, and with it the test.
        let mut changes = self.now.subscribe();
        let _gone = changes.wait_for(|now| *now >= moment).await;
    }
}
