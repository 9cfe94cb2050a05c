//! One consumer of a work queue: a task takes what the broker sends, over one connection after the other.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel};
use squall_bus::wire::{self, Received};
use squall_bus::{Consumer, Delivery, Message, Queue, Settlement};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::Shared;
use crate::session::Session;
use crate::settling::{self, Held, Settlements, Verdict};

/// How many messages a consumer holds, or has asked for, at a time.
///
/// A runner that is full must not sit on work that another could do, so its queue gets few.
const fn prefetch(queue: Queue) -> u16 {
    match queue {
        Queue::ActionRunner => 4,
        Queue::Scheduler | Queue::Workflow | Queue::RulesEngine | Queue::WorkflowControl => 256,
    }
}

pub(crate) struct QueueConsumer {
    shared: Arc<Shared>,
    taken: mpsc::Receiver<Taken>,
    /// What is being completed: `next` may be dropped at any time.
    pending: Option<Taken>,
}

/// A message that came and was not handed out yet.
struct Taken {
    received: Received,
    redelivered: bool,
    settling: Option<Settling>,
}

struct Settling {
    held: Held,
    settlements: Settlements,
}

impl Settling {
    fn settle(self, verdict: Verdict) {
        // Without its task there is no runtime any more, and the broker delivers again.
        let _gone = self.settlements.send((self.held, verdict));
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(settling) = self.settling.take() {
            settling.settle(Verdict::Untouched);
        }
    }
}

impl QueueConsumer {
    pub(crate) fn start(shared: Arc<Shared>, queue: Queue) -> Self {
        let (sender, taken) = mpsc::channel(usize::from(prefetch(queue)));
        let feeder = Feeder { shared: Arc::clone(&shared), queue, sender };
        tokio::spawn(feeder.run());
        Self { shared, taken, pending: None }
    }
}

#[async_trait]
impl Consumer for QueueConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        let link = self.shared.consuming.clone();
        tokio::select! {
            biased;
            () = link.closed() => None,
            delivery = self.next_whole() => delivery,
        }
    }
}

impl QueueConsumer {
    async fn next_whole(&mut self) -> Option<Delivery> {
        loop {
            if self.pending.is_none() {
                self.pending = Some(self.taken.recv().await?);
            }
            let pending = self.pending.as_ref()?;
            let whole = pending.received.whole(self.shared.originals.as_ref()).await;
            let mut taken = self.pending.take()?;
            let settling = taken.settling.take()?;
            match whole {
                Ok(Some(message)) => return Some(delivery(message, taken.redelivered, settling)),
                // What it was about was deleted.
                Ok(None) => settling.settle(Verdict::Done),
                Err(error) => {
                    warn!(%error, "could not fetch what a message left out; it is tried again");
                    settling.settle(Verdict::Retry);
                }
            }
        }
    }
}

fn delivery(message: Message, redelivered: bool, settling: Settling) -> Delivery {
    Delivery::new(message, redelivered, move |settlement| {
        settling.settle(match settlement {
            Settlement::Done => Verdict::Done,
            Settlement::Retry => Verdict::Retry,
        });
    })
}

struct Feeder {
    shared: Arc<Shared>,
    queue: Queue,
    sender: mpsc::Sender<Taken>,
}

/// Why a feeder stopped to take from a session.
enum Stop {
    /// Nobody consumes any more.
    Left,
    Lost(String),
}

impl Feeder {
    async fn run(self) {
        let settlements = settling::start(Arc::clone(&self.shared));
        let mut failures = 0;
        while let Some(session) = self.shared.consuming.session().await {
            let reason = match self.feed(&session, &settlements, &mut failures).await {
                Stop::Left => return,
                Stop::Lost(reason) => reason,
            };
            info!(queue = ?self.queue, reason, "a consumer waits for the message bus");
            // When only the channel failed, the next session declares the queue again.
            session.retire(&reason);
            tokio::select! {
                () = tokio::time::sleep(self.shared.options.reconnect.random_pause(failures)) => {}
                () = self.sender.closed() => return,
            }
            failures += 1;
        }
    }

    async fn feed(&self, session: &Arc<Session>, settlements: &Settlements, failures: &mut u32) -> Stop {
        let opened = tokio::select! {
            opened = timeout(self.shared.options.confirm_within, self.open(session)) => opened,
            reason = session.ended() => return Stop::Lost(reason),
        };
        let (channel, mut deliveries) = match opened {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => return Stop::Lost(error.to_string()),
            Err(_) => return Stop::Lost("the broker does not answer".to_owned()),
        };
        *failures = 0;
        loop {
            let next = tokio::select! {
                () = self.sender.closed() => {
                    // Of a broker that does not answer, others get what came once the connection is gone.
                    let left = self.leave(session, &channel, deliveries, settlements);
                    let _unanswered = timeout(self.shared.options.confirm_within, left).await;
                    return Stop::Left;
                }
                reason = session.ended() => return Stop::Lost(reason),
                next = deliveries.next() => next,
            };
            match next {
                Some(Ok(delivery)) => self.take(session, &channel, delivery, settlements).await,
                Some(Err(error)) => return Stop::Lost(error.to_string()),
                None => return Stop::Lost("the broker ended the consumption".to_owned()),
            }
        }
    }

    /// Ends the consumption and gives back what came meanwhile.
    async fn leave(
        &self,
        session: &Arc<Session>,
        channel: &Channel,
        mut deliveries: lapin::Consumer,
        settlements: &Settlements,
    ) {
        if channel.basic_cancel(deliveries.tag(), BasicCancelOptions::default()).await.is_ok() {
            while let Some(Ok(delivery)) = deliveries.next().await {
                let held = self.hold(session, channel, delivery).0;
                Settling { held, settlements: settlements.clone() }.settle(Verdict::Untouched);
            }
        }
    }

    async fn open(&self, session: &Session) -> lapin::Result<(Channel, lapin::Consumer)> {
        let channel = session.connection.create_channel().await?;
        channel.basic_qos(prefetch(self.queue), BasicQosOptions::default()).await?;
        let name = self.shared.names.queue(self.queue);
        let options = BasicConsumeOptions::default();
        let deliveries = channel.basic_consume(name, "".into(), options, FieldTable::default()).await?;
        Ok((channel, deliveries))
    }

    async fn take(
        &self,
        session: &Arc<Session>,
        channel: &Channel,
        delivery: lapin::message::Delivery,
        settlements: &Settlements,
    ) {
        let (held, redelivered) = self.hold(session, channel, delivery);
        let decoded = match self.shared.names.exchange_named(&held.exchange) {
            Some(exchange) => wire::decode(exchange, &held.key, &held.body).map_err(|error| error.to_string()),
            None => Err(format!("it came from the exchange \"{}\", which carries no work", held.exchange)),
        };
        let settling = Settling { held, settlements: settlements.clone() };
        match decoded {
            Ok(received) => {
                // An error means that the consumer left; dropping gives the message back.
                let _left = self.sender.send(Taken { received, redelivered, settling: Some(settling) }).await;
            }
            Err(reason) => settling.settle(Verdict::Dead(reason)),
        }
    }

    fn hold(&self, session: &Arc<Session>, channel: &Channel, delivery: lapin::message::Delivery) -> (Held, bool) {
        let held = Held {
            queue: self.shared.names.queue(self.queue).to_string(),
            exchange: delivery.exchange.to_string(),
            key: delivery.routing_key.to_string(),
            before: deliveries_before(&delivery.properties),
            body: delivery.data,
            acker: delivery.acker,
            _channel: channel.clone(),
            session: Arc::clone(session),
        };
        (held, delivery.redelivered)
    }
}

/// Quorum queues count; of others it is not known.
fn deliveries_before(properties: &BasicProperties) -> u32 {
    let headers = properties.headers().as_ref();
    let count = headers.and_then(|headers| headers.inner().get("x-delivery-count"));
    let count = match count {
        Some(AMQPValue::LongLongInt(count)) => *count,
        Some(AMQPValue::LongInt(count)) => i64::from(*count),
        Some(AMQPValue::LongUInt(count)) => i64::from(*count),
        Some(AMQPValue::ShortInt(count)) => i64::from(*count),
        Some(AMQPValue::ShortShortInt(count)) => i64::from(*count),
        Some(AMQPValue::ShortShortUInt(count)) => i64::from(*count),
        _ => 0,
    };
    u32::try_from(count).unwrap_or(0)
}
