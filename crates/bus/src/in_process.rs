//! The bus of a single process: queues in memory, with knobs that misbehave as a network would.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{Notify, broadcast};

use crate::{Bus, Consumer, Delivery, Exchange, Heard, Listener, Message, QUEUES, Queue, Result, Settlement};

/// How many messages a slow listener may be behind before it loses some.
const LISTENER_BACKLOG: usize = 4096;

/// What a test wants to happen to messages; each decides by the running number of the message.
#[derive(Clone, Default)]
pub struct Disturbance {
    pub duplicate: Option<fn(u64) -> bool>,
    pub drop: Option<fn(u64) -> bool>,
    /// Puts the message before the one that is waiting.
    pub reorder: Option<fn(u64) -> bool>,
}

struct State {
    queues: HashMap<Queue, Waiting>,
    published: u64,
    disturbance: Disturbance,
    closed: bool,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<(Message, bool)>,
}

struct Shared {
    state: Mutex<State>,
    arrivals: HashMap<Queue, Notify>,
    listeners: broadcast::Sender<Message>,
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
        Self { shared: Arc::new(Shared { state, arrivals, listeners }) }
    }

    /// Ends all consumers once they have taken what is waiting.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        for arrival in self.shared.arrivals.values() {
            arrival.notify_waiters();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, queue: Queue, message: Message, redelivered: bool, first: bool) {
        if let Some(waiting) = self.lock().queues.get_mut(&queue) {
            if first {
                waiting.messages.push_front((message, redelivered));
            } else {
                waiting.messages.push_back((message, redelivered));
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
            state.published += 1;
            (state.published, state.disturbance.clone())
        };
        let happens = |knob: Option<fn(u64) -> bool>| knob.is_some_and(|decide| decide(number));
        if self.shared.listeners.receiver_count() > 0 {
            // An error means that the last listener left meanwhile.
            let _gone = self.shared.listeners.send(message.clone());
        }
        if happens(disturbance.drop) {
            return Ok(());
        }
        let exchange = message.exchange();
        for spec in QUEUES.iter().filter(|spec| spec.exchange == exchange && (spec.wants)(&message)) {
            let first = happens(disturbance.reorder);
            self.shared.put(spec.queue, message.clone(), false, first);
            if happens(disturbance.duplicate) {
                self.shared.put(spec.queue, message.clone(), true, first);
            }
        }
        Ok(())
    }

    async fn consume(&self, queue: Queue) -> Result<Box<dyn Consumer>> {
        Ok(Box::new(QueueConsumer { shared: Arc::clone(&self.shared), queue }))
    }

    async fn listen(&self, exchanges: &[Exchange]) -> Result<Box<dyn Listener>> {
        let receiver = self.shared.listeners.subscribe();
        Ok(Box::new(ExchangeListener { receiver, exchanges: exchanges.to_vec() }))
    }

    async fn waiting(&self, queue: Queue) -> Result<usize> {
        Ok(self.shared.lock().queues.get(&queue).map_or(0, |waiting| waiting.messages.len()))
    }
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
            if let Some((message, redelivered)) = taken {
                if more && let Some(arrival) = self.shared.arrivals.get(&self.queue) {
                    arrival.notify_one();
                }
                return Some(self.delivery(message, redelivered));
            }
            if closed {
                return None;
            }
            arrival.await;
        }
    }
}

impl QueueConsumer {
    fn delivery(&self, message: Message, redelivered: bool) -> Delivery {
        let (shared, queue, again) = (Arc::clone(&self.shared), self.queue, message.clone());
        Delivery::new(message, redelivered, move |settlement| {
            if settlement == Settlement::Retry {
                shared.put(queue, again, true, false);
            }
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
