//! The bus of a single process: queues in memory, with knobs that misbehave as a network would.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use tokio::sync::{Notify, broadcast};
use tracing::error;

use crate::{
    Bus, Consumer, Delivery, Error, Exchange, Health, Heard, Listener, Message, QUEUES, Queue, Result, Settlement,
};

/// How many messages a slow listener may be behind before it loses some.
const LISTENER_BACKLOG: usize = 4096;
/// How often a message is delivered before it counts as poison. A delivery costs nothing here, so this is generous.
const DELIVERY_LIMIT: u32 = 100;

/// What a test wants to happen to messages; each decides by the running number of the message.
#[derive(Clone, Default)]
pub struct Disturbance {
    pub duplicate: Option<fn(u64) -> bool>,
    pub drop: Option<fn(u64) -> bool>,
    /// Tells the publisher that the bus is unavailable.
    pub refuse: Option<fn(u64) -> bool>,
    /// Puts the message before the one that is waiting.
    pub reorder: Option<fn(u64) -> bool>,
}

struct State {
    queues: HashMap<Queue, Waiting>,
    published: u64,
    disturbance: Disturbance,
    closed: bool,
}

/// Messages, each with how often it was delivered before.
#[derive(Default)]
struct Waiting {
    messages: VecDeque<(Message, u32)>,
}

struct Shared {
    state: Mutex<State>,
    arrivals: HashMap<Queue, Notify>,
    /// None once the bus is closed.
    listeners: Mutex<Option<broadcast::Sender<Message>>>,
    started: Instant,
}

/// A bus for services that live in one process. Clones share the queues.
#[derive(Clone)]
pub struct InProcessBus {
    shared: Arc<Shared>,
}

impl Default for InProcessBus {
    fn default() -> Self {
        Self::new(Disturbance::default())
    }
}

impl InProcessBus {
    pub fn new(disturbance: Disturbance) -> Self {
        let queues = QUEUES.iter().map(|spec| (spec.queue, Waiting::default())).collect();
        let arrivals = QUEUES.iter().map(|spec| (spec.queue, Notify::new())).collect();
        let state = Mutex::new(State { queues, published: 0, disturbance, closed: false });
        let (listeners, _) = broadcast::channel(LISTENER_BACKLOG);
        let listeners = Mutex::new(Some(listeners));
        Self { shared: Arc::new(Shared { state, arrivals, listeners, started: Instant::now() }) }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listeners(&self) -> MutexGuard<'_, Option<broadcast::Sender<Message>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, queue: Queue, message: Message, deliveries: u32, first: bool) {
        if let Some(waiting) = self.lock().queues.get_mut(&queue) {
            if first {
                waiting.messages.push_front((message, deliveries));
            } else {
                waiting.messages.push_back((message, deliveries));
            }
        }
        if let Some(arrival) = self.arrivals.get(&queue) {
            arrival.notify_one();
        }
    }
}

#[async_trait]
impl Bus for InProcessBus {
    async fn publish(&self, message: Message) -> Result<()> {
        let (number, disturbance) = {
            let mut state = self.shared.lock();
            if state.closed {
                return Err(closed());
            }
            state.published += 1;
            (state.published, state.disturbance.clone())
        };
        let happens = |knob: Option<fn(u64) -> bool>| knob.is_some_and(|decide| decide(number));
        if happens(disturbance.refuse) {
            return Err(Error::Unavailable("it refuses this one".to_owned()));
        }
        if let Some(listeners) = self.shared.listeners().as_ref().filter(|listeners| listeners.receiver_count() > 0) {
            // An error means that the last listener left meanwhile.
            let _gone = listeners.send(message.clone());
        }
        if happens(disturbance.drop) {
            return Ok(());
        }
        let exchange = message.exchange();
        for spec in QUEUES.iter().filter(|spec| spec.exchange == exchange && (spec.wants)(&message)) {
            let first = happens(disturbance.reorder);
            self.shared.put(spec.queue, message.clone(), 0, first);
            if happens(disturbance.duplicate) {
                self.shared.put(spec.queue, message.clone(), 1, first);
            }
        }
        Ok(())
    }

    async fn consume(&self, queue: Queue) -> Result<Box<dyn Consumer>> {
        Ok(Box::new(QueueConsumer { shared: Arc::clone(&self.shared), queue }))
    }

    async fn listen(&self, exchanges: &[Exchange]) -> Result<Box<dyn Listener>> {
        let receiver = self.shared.listeners().as_ref().map(broadcast::Sender::subscribe).ok_or_else(closed)?;
        Ok(Box::new(ExchangeListener { receiver, exchanges: exchanges.to_vec() }))
    }

    async fn waiting(&self, queue: Queue) -> Result<usize> {
        Ok(self.shared.lock().queues.get(&queue).map_or(0, |waiting| waiting.messages.len()))
    }

    fn delivery_limit(&self) -> u32 {
        DELIVERY_LIMIT
    }

    fn health(&self) -> Health {
        Health { available: !self.shared.lock().closed, lasting: self.shared.started.elapsed(), last_error: None }
    }

    async fn close(&self) {
        self.shared.lock().closed = true;
        *self.shared.listeners() = None;
        for arrival in self.shared.arrivals.values() {
            arrival.notify_waiters();
        }
    }
}

fn closed() -> Error {
    Error::Unavailable("it is closed".to_owned())
}

struct QueueConsumer {
    shared: Arc<Shared>,
    queue: Queue,
}

#[async_trait]
impl Consumer for QueueConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            let arrival = self.shared.arrivals.get(&self.queue)?.notified();
            tokio::pin!(arrival);
            arrival.as_mut().enable();
            let (taken, closed, more) = {
                let mut state = self.shared.lock();
                let closed = state.closed;
                let waiting = state.queues.get_mut(&self.queue)?;
                let taken = waiting.messages.pop_front();
                (taken, closed, !waiting.messages.is_empty())
            };
            if let Some((message, deliveries)) = taken {
                if more && let Some(arrival) = self.shared.arrivals.get(&self.queue) {
                    arrival.notify_one();
                }
                return Some(self.delivery(message, deliveries));
            }
            if closed {
                return None;
            }
            arrival.await;
        }
    }
}

impl QueueConsumer {
    fn delivery(&self, message: Message, before: u32) -> Delivery {
        let (shared, queue, again) = (Arc::clone(&self.shared), self.queue, message.clone());
        Delivery::new(message, before > 0, move |settlement| {
            let deliveries = before + 1;
            if settlement == Settlement::Done {
                return;
            }
            if deliveries >= DELIVERY_LIMIT {
                error!(?queue, subject = again.subject(), deliveries, "gave a message up that nobody could work on");
                return;
            }
            shared.put(queue, again, deliveries, false);
        })
    }
}

struct ExchangeListener {
    receiver: broadcast::Receiver<Message>,
    exchanges: Vec<Exchange>,
}

#[async_trait]
impl Listener for ExchangeListener {
    async fn next(&mut self) -> Option<Heard> {
        loop {
            match self.receiver.recv().await {
                Ok(message) if self.exchanges.contains(&message.exchange()) => return Some(Heard::Message(message)),
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(count)) => return Some(Heard::Missed(count)),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}
