//! What becomes of deliveries: acknowledged, given back after a rest, or dead.
//!
//! Services settle without waiting; one task per consumer tells the broker. Should the connection be gone by then, the
//! broker delivers again.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::{Acker, Channel};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::Shared;
use crate::session::Session;

/// How many acknowledgements are under way together.
const TOGETHER: usize = 256;

/// A delivery that is not settled yet.
pub(crate) struct Held {
    pub(crate) queue: String,
    pub(crate) exchange: String,
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
    /// How often it was delivered before, as far as the queue counts that.
    pub(crate) before: u32,
    pub(crate) acker: Acker,
    /// Keeps the channel open until everything that came through it is settled.
    pub(crate) _channel: Channel,
    pub(crate) session: Arc<Session>,
}

#[derive(Debug)]
pub(crate) enum Verdict {
    Done,
    /// Nobody looked at it: somebody else may have it at once.
    Untouched,
    Retry,
    Dead(String),
}

pub(crate) type Settlements = mpsc::UnboundedSender<(Held, Verdict)>;

pub(crate) fn start(shared: Arc<Shared>) -> Settlements {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut batch = Vec::new();
        while receiver.recv_many(&mut batch, TOGETHER).await > 0 {
            let mut done = Vec::new();
            for (held, verdict) in batch.drain(..) {
                match verdict {
                    Verdict::Done => done.push(held),
                    other => drop(tokio::spawn(settle_slowly(Arc::clone(&shared), held, other))),
                }
            }
            join_all(done.iter().map(|held| held.acknowledge(shared.options.confirm_within))).await;
        }
    });
    sender
}

impl Held {
    async fn acknowledge(&self, within: Duration) {
        let ack = self.acker.ack(BasicAckOptions::default());
        self.tell(ack, within).await;
    }

    async fn give_back(&self, within: Duration) {
        let nack = self.acker.nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() });
        self.tell(nack, within).await;
    }

    /// Ends in bounded time. What the client library makes of an acknowledgement may never end when its connection is cut; waiting for
    /// one, the task told the broker of no other, and the broker sent nothing more.
    async fn tell(&self, telling: impl Future<Output = lapin::Result<bool>>, within: Duration) {
        let error = tokio::select! {
            told = timeout(within, telling) => match told {
                Ok(Ok(_)) => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => {
                    let reason = "the broker takes no acknowledgements";
                    self.session.retire(reason);
                    reason.to_owned()
                }
            },
            reason = self.session.ended() => reason,
        };
        debug!(queue = self.queue, error, "could not settle a message; it comes again");
    }
}

async fn settle_slowly(shared: Arc<Shared>, held: Held, verdict: Verdict) {
    let within = shared.options.confirm_within;
    let rests = !matches!(verdict, Verdict::Untouched);
    if let Some(reason) = death(&held, verdict, shared.options.delivery_limit) {
        match shared.dead.put(&held, &reason).await {
            Ok(()) => return held.acknowledge(within).await,
            Err(error) => {
                warn!(queue = held.queue, %error, reason, "could not set a dead message aside; it comes again")
            }
        }
    }
    if rests {
        tokio::time::sleep(shared.options.retry.random_pause(held.before)).await;
    }
    held.give_back(within).await;
}

/// Tells why a message is not to be delivered again.
fn death(held: &Held, verdict: Verdict, limit: u32) -> Option<String> {
    match verdict {
        Verdict::Dead(reason) => Some(reason),
        Verdict::Retry if held.before + 1 >= limit => Some(format!("given up after {} deliveries", held.before + 1)),
        _ => None,
    }
}
