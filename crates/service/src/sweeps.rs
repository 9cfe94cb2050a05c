//! Sweeps on request: what an operator asks for is the very sweep that runs at a start, in every process that has one.

use squall_bus::{Exchange, Heard, Message};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::Context;

/// The kind under which the request travels.
const SWEEP: &str = "sweep";

/// How many sweeps this process was asked for.
pub(crate) struct Sweeps {
    asked: watch::Sender<u64>,
}

impl Default for Sweeps {
    fn default() -> Self {
        Self { asked: watch::channel(0).0 }
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
        if let Heard::Message(Message::Catalogue { kind: SWEEP, .. }) = heard {
            info!("sweeping, because somebody asked for it");
            context.sweeps.asked.send_modify(|count| *count += 1);
        }
    }
}
