//! What becomes of deliveries: acknowledged, given back after a rest, or dead.
//!
//! Services settle without waiting; one task per consumer tells the broker. Should the connection be gone by then, the
//! broker delivers again.

use std::sync::Arc;

use futures::future::join_all;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::{Acker, Channel};
use tokio::sync::mpsc;
use tracing::{debug, warn};

use crate::Shared;

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
            join_all(done.iter().map(acknowledge)).await;
        }
    });
    sender
}

async fn acknowledge(held: &Held) {
    if let Err(error) = held.acker.ack(BasicAckOptions::default()).await {
        debug!(queue = held.queue, %error, "could not acknowledge a message; it comes again");
    }
}

async fn settle_slowly(shared: Arc<Shared>, held: Held, verdict: Verdict) {
    let rests = !matches!(verdict, Verdict::Untouched);
    if let Some(reason) = death(&held, verdict, shared.options.delivery_limit) {
        match shared.dead.put(&held, &reason).await {
            Ok(()) => return acknowledge(&held).await,
            Err(error) => {
                warn!(queue = held.queue, %error, reason, "could not set a dead message aside; it comes again")
            }
        }
    }
    if rests {
        tokio::time::sleep(shared.options.retry.random_pause(held.before)).await;
    }
    let options = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
    if let Err(error) = held.acker.nack(options).await {
        debug!(queue = held.queue, %error, "could not give a message back; it comes again");
    }
}

/// Tells why a message is not to be delivered again.
fn death(held: &Held, verdict: Verdict, limit: u32) -> Option<String> {
    match verdict {
        Verdict::Dead(reason) => Some(reason),
        Verdict::Retry if held.before + 1 >= limit => Some(format!("given up after {} deliveries", held.before + 1)),
        _ => None,
    }
}
