//! The bus port: nudges between services, at least once, in no promised order.
//!
//! The store is the truth; a message says "look at this", and in one process it carries the value so that nobody reads back what was
//! just written. Whatever is lost here is found by a sweep. How messages look between processes: [`wire`].

mod in_process;
mod message;
mod topology;
pub mod wire;

use std::time::Duration;

use async_trait::async_trait;

pub use in_process::{Disturbance, InProcessBus};
pub use message::{Announcement, Change, Message};
pub use topology::{Exchange, QUEUES, Queue, QueueSpec};

/// The bus can't take or deliver messages now.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("the message bus is unavailable: {0}")]
    Unavailable(String),
}

pub type Result<T> = std::result::Result<T, Error>;

#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands the message to every queue that its topology row selects and to every listener. Returns when it is accepted;
    /// a bus that can't take it says so within a few seconds. Then it may or may not have been taken.
    async fn publish(&self, message: Message) -> Result<()>;

    /// Takes part in the consumption of a work queue: each message goes to one of its consumers. While the bus is
    /// unavailable the consumer waits, and goes on by itself.
    async fn consume(&self, queue: Queue) -> Result<Box<dyn Consumer>>;

    /// Listens to all messages of the exchanges from now on; a listener that falls behind, or whose bus was unavailable
    /// meanwhile, loses messages and is told so.
    async fn listen(&self, exchanges: &[Exchange]) -> Result<Box<dyn Listener>>;

    /// Returns how many messages wait in a work queue: sweeps leave a queue alone that is being worked off.
    async fn waiting(&self, queue: Queue) -> Result<usize>;

    /// After so many deliveries without success a message is set aside, so that it can't keep a queue busy for ever.
    fn delivery_limit(&self) -> u32;

    /// Tells whether messages flow now; readiness follows it.
    fn health(&self) -> Health;

    /// Ends all consumers and listeners, at the latest when they have taken what is waiting; publishing fails from now on.
    async fn close(&self);
}

/// How the bus is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub available: bool,
    /// For how long it has been so.
    pub lasting: Duration,
    /// Why it is unavailable, or was the last time.
    pub last_error: Option<String>,
}

/// One consumer of a work queue.
#[async_trait]
pub trait Consumer: Send {
    /// Waits for the next message; `None` when the bus has shut down.
    async fn next(&mut self) -> Option<Delivery>;
}

/// One listener to exchanges, such as an event stream of the API.
#[async_trait]
pub trait Listener: Send {
    async fn next(&mut self) -> Option<Heard>;
}

#[derive(Debug, Clone)]
pub enum Heard {
    Message(Message),
    /// So many messages were lost on the way to this listener, because it was too slow or the bus was unavailable; 0 when
    /// nobody can tell how many, or whether any. Whatever it knows may be stale.
    Missed(u64),
}

/// A message that stays in its queue until it is acknowledged; dropping it unacknowledged gives it back.
pub struct Delivery {
    pub message: Message,
    pub redelivered: bool,
    settle: Option<Box<dyn FnOnce(Settlement) + Send>>,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The effect is stored.
    Done,
    /// Try again later.
    Retry,
}

impl Delivery {
    pub fn new(message: Message, redelivered: bool, settle: impl FnOnce(Settlement) + Send + 'static) -> Self {
        Self { message, redelivered, settle: Some(Box::new(settle)) }
    }

    /// Acknowledges: to be called after the effect is stored.
    pub fn done(mut self) {
        self.settle(Settlement::Done);
    }

    /// Gives the message back.
    pub fn retry(mut self) {
        self.settle(Settlement::Retry);
    }

    fn settle(&mut self, settlement: Settlement) {
        if let Some(settle) = self.settle.take() {
            settle(settlement);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.settle(Settlement::Retry);
    }
}
