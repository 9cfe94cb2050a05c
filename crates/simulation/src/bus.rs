//! A model of the bus: queues that outlive processes (or, embedded, die with them), and what a network does to messages.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use squall_bus::{
    Bus, Consumer, Delivery, Error, Exchange, Health, Heard, Listener, Message, QUEUES, Queue, Result, Settlement,
};

use crate::sim::{Sim, WORLD};

#[derive(Default)]
struct Waiting {
    messages: VecDeque<(Message, bool)>,
    consumers: Vec<Waker>,
}

struct Listening {
    number: u64,
    exchanges: Vec<Exchange>,
    heard: VecDeque<Message>,
    waker: Option<Waker>,
}

#[derive(Default)]
pub(crate) struct BusState {
    queues: Vec<Waiting>,
    listeners: Vec<Listening>,
    numbers: u64,
    /// Counts how often everything was lost: what was on its way then does not arrive.
    generation: u64,
}

impl BusState {
    fn queue(&mut self, queue: Queue) -> &mut Waiting {
        let place = QUEUES.iter().position(|spec| spec.queue == queue).unwrap_or_default();
        if self.queues.len() <= place {
            self.queues.resize_with(QUEUES.len(), Waiting::default);
        }
        &mut self.queues[place]
    }

    /// Loses everything, as a bus in the memory of a process that died.
    pub(crate) fn clear(&mut self) {
        self.queues.clear();
        self.generation += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queues.iter().all(|waiting| waiting.messages.is_empty())
    }
}

impl Sim {
    fn put(&self, queue: Queue, message: Message, redelivered: bool, place: usize) {
        let waking = {
            let mut bus = self.bus.lock();
            let waiting = bus.queue(queue);
            let place = place.min(waiting.messages.len());
            waiting.messages.insert(place, (message, redelivered));
            std::mem::take(&mut waiting.consumers)
        };
        waking.into_iter().for_each(Waker::wake);
    }

    /// One copy of a message on its way to a queue.
    fn send(self: &Arc<Self>, queue: Queue, message: Message) {
        let rates = &self.plan.rates;
        if self.fault(rates.message_lost) {
            self.tell(format_args!("a message for {queue:?} is lost"));
            return;
        }
        let place = if self.fault(rates.message_first) { 0 } else { usize::MAX };
        if !self.fault(rates.message_late) {
            return self.put(queue, message, false, place);
        }
        let late = self.dice(|dice| dice.one_of(&[5_000, 300_000, 2_000_000, 15_000_000]));
        let (sim, generation) = (Arc::clone(self), self.bus.lock().generation);
        self.spawn(
            WORLD,
            "late message",
            Box::pin(async move {
                sim.sleep(Duration::from_micros(late)).await;
                if sim.bus.lock().generation == generation {
                    sim.put(queue, message, false, place);
                }
            }),
        );
    }
}

/// The bus as a process sees it.
pub(crate) struct SimulatedBus {
    pub(crate) sim: Arc<Sim>,
    pub(crate) process: usize,
}

impl SimulatedBus {
    fn tell_listeners(&self, message: &Message) {
        let mut bus = self.sim.bus.lock();
        let mut waking = Vec::new();
        for listener in bus.listeners.iter_mut().filter(|listener| listener.exchanges.contains(&message.exchange())) {
            // Within one process nothing that is announced gets lost.
            if !self.sim.plan.embedded && self.sim.fault(self.sim.plan.rates.message_lost) {
                continue;
            }
            listener.heard.push_back(message.clone());
            waking.extend(listener.waker.take());
        }
        drop(bus);
        waking.into_iter().for_each(Waker::wake);
    }
}

#[async_trait]
impl Bus for SimulatedBus {
    async fn publish(&self, message: Message) -> Result<()> {
        self.sim.pass(self.process).await;
        if self.sim.fault(self.sim.plan.rates.unavailable) {
            self.sim.tell(format_args!("p{} bus refuses", self.process));
            return Err(Error::Unavailable("simulated".to_owned()));
        }
        self.tell_listeners(&message);
        let exchange = message.exchange();
        for spec in QUEUES.iter().filter(|spec| spec.exchange == exchange && (spec.wants)(&message)) {
            self.sim.send(spec.queue, message.clone());
            if self.sim.fault(self.sim.plan.rates.message_twice) {
                self.sim.send(spec.queue, message.clone());
            }
        }
        self.sim.may_die(self.process).await;
        Ok(())
    }

    async fn consume(&self, queue: Queue) -> Result<Box<dyn Consumer>> {
        Ok(Box::new(QueueConsumer { sim: Arc::clone(&self.sim), queue }))
    }

    async fn listen(&self, exchanges: &[Exchange]) -> Result<Box<dyn Listener>> {
        let mut bus = self.sim.bus.lock();
        bus.numbers += 1;
        let number = bus.numbers;
        bus.listeners.push(Listening { number, exchanges: exchanges.to_vec(), heard: VecDeque::new(), waker: None });
        Ok(Box::new(ExchangeListener { sim: Arc::clone(&self.sim), number }))
    }

    async fn waiting(&self, queue: Queue) -> Result<usize> {
        self.sim.pass(self.process).await;
        Ok(self.sim.bus.lock().queue(queue).messages.len())
    }

    fn delivery_limit(&self) -> u32 {
        u32::MAX
    }

    fn health(&self) -> Health {
        Health { available: true, lasting: Duration::ZERO, last_error: None }
    }

    async fn close(&self) {}
}

struct QueueConsumer {
    sim: Arc<Sim>,
    queue: Queue,
}

#[async_trait]
impl Consumer for QueueConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        let (message, redelivered) = poll_fn(|context| {
            let mut bus = self.sim.bus.lock();
            let waiting = bus.queue(self.queue);
            match waiting.messages.pop_front() {
                Some(taken) => Poll::Ready(taken),
                None => {
                    waiting.consumers.push(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await;
        let (sim, queue, again) = (Arc::clone(&self.sim), self.queue, message.clone());
        let generation = sim.bus.lock().generation;
        Some(Delivery::new(message, redelivered, move |settlement| {
            if settlement == Settlement::Retry && sim.bus.lock().generation == generation {
                sim.put(queue, again, true, usize::MAX);
            }
        }))
    }
}

struct ExchangeListener {
    sim: Arc<Sim>,
    number: u64,
}

#[async_trait]
impl Listener for ExchangeListener {
    async fn next(&mut self) -> Option<Heard> {
        poll_fn(|context| {
            let mut bus = self.sim.bus.lock();
            let Some(own) = bus.listeners.iter_mut().find(|listener| listener.number == self.number) else {
                return Poll::Ready(None);
            };
            match own.heard.pop_front() {
                Some(message) => Poll::Ready(Some(Heard::Message(message))),
                None => {
                    own.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl Drop for ExchangeListener {
    fn drop(&mut self) {
        self.sim.bus.lock().listeners.retain(|listener| listener.number != self.number);
    }
}
