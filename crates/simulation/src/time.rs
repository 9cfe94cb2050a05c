//! The clock of a simulated world: it stands still while anything can run, and then shows the next moment that somebody waits for.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use squall_model::Timestamp;
use squall_service::Clock;

use crate::sim::Sim;

/// 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

type Alarm = (Timestamp, u64);

#[derive(Debug)]
pub(crate) struct Time {
    now: Timestamp,
    numbers: u64,
    alarms: BTreeMap<Alarm, Waker>,
}

impl Default for Time {
    fn default() -> Self {
        Self { now: START, numbers: 0, alarms: BTreeMap::new() }
    }
}

impl Time {
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves on to the next moment that somebody waits for; returns whom to wake.
    pub(crate) fn advance(&mut self) -> Vec<Waker> {
        let Some((&(moment, _), _)) = self.alarms.first_key_value() else { return Vec::new() };
        self.now = self.now.max(moment);
        let later = self.alarms.split_off(&(self.now, u64::MAX));
        std::mem::replace(&mut self.alarms, later).into_values().collect()
    }
}

/// Waits for a moment.
pub(crate) struct Sleep {
    sim: Arc<Sim>,
    until: Timestamp,
    alarm: Option<Alarm>,
}

impl Sleep {
    pub(crate) fn new(sim: &Arc<Sim>, until: Timestamp) -> Self {
        Self { sim: Arc::clone(sim), until, alarm: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let sim = Arc::clone(&self.sim);
        let mut time = sim.time.lock();
        if time.now >= self.until {
            return Poll::Ready(());
        }
        let until = self.until;
        let alarm = *self.alarm.get_or_insert_with(|| {
            time.numbers += 1;
            (until, time.numbers)
        });
        time.alarms.insert(alarm, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(alarm) = &self.alarm {
            self.sim.time.lock().alarms.remove(alarm);
        }
    }
}

/// The clock as services see it.
pub(crate) struct SimulatedClock(pub(crate) Arc<Sim>);

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        Sleep::new(&self.0, moment).await;
    }
}
