//! Sweeps on request: what an operator asks for is the very sweep that runs at a start, in every process that has one. A process whose
//! messages the bus refused asks for it, too.

use std::time::Duration;

use squall_bus::{Exchange, Heard, Message};
use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::Context;

/// The kind under which the request travels.
const SWEEP: &str = "sweep";

/// Between attempts to tell others that messages were lost.
const REST: Duration = Duration::from_millis(500);

/// How many sweeps this process was asked for, and how many of its messages were lost.
pub(crate) struct Sweeps {
    asked: watch::Sender<u64>,
    lost: watch::Sender<u64>,
}

impl Default for Sweeps {
    fn default() -> Self {
        Self { asked: watch::channel(0).0, lost: watch::channel(0).0 }
    }
}

impl Sweeps {
    pub(crate) fn lost_a_message(&self) {
        self.lost.send_modify(|count| *count += 1);
    }
}

/// Resolves whenever a sweep is asked for.
pub struct SweepRequests {
    asked: watch::Receiver<u64>,
}

impl SweepRequests {
    pub async fn next(&mut self) {
        if self.asked.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Context {
    /// Returns the requests for sweeps from now on.
    pub fn sweep_requests(&self) -> SweepRequests {
        SweepRequests { asked: self.sweeps.asked.subscribe() }
    }

    /// Asks every process for a sweep of everything that rests, as at a start.
    pub async fn ask_for_sweeps(&self) -> Result<(), squall_bus::Error> {
        self.bus.publish(Message::Catalogue { kind: SWEEP, id: self.process }).await
    }
}

/// Hears of requests for sweeps until the bus is closed; every process has this task.
pub async fn hear_sweep_requests(context: Context) {
    let mut listener = match context.bus.listen(&[Exchange::Catalogue]).await {
        Ok(listener) => listener,
        Err(error) => return warn!(%error, "could not listen for requests to sweep; sweeps come by themselves"),
    };
    while let Some(heard) = listener.next().await {
        match heard {
            Heard::Message(Message::Catalogue { kind: SWEEP, .. }) => info!("sweeping, because somebody asked for it"),
            Heard::Missed(0) => info!("sweeping, because the message bus was away"),
            _ => continue,
        }
        context.sweeps.asked.send_modify(|count| *count += 1);
    }
}

/// Asks for sweeps as soon as the bus takes messages again, whenever it refused one; every process has this task. What rests because of
/// an outage need not wait until it looks old.
pub async fn ask_for_what_was_lost(context: Context) {
    let mut lost = context.sweeps.lost.subscribe();
    while lost.changed().await.is_ok() {
        while let Err(error) = context.ask_for_sweeps().await {
            debug!(%error, "messages were lost, and nobody can be told yet");
            context.clock.sleep(REST).await;
            lost.mark_unchanged();
        }
    }
}
