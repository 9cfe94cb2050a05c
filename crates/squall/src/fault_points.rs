//! Named points at which a test lets the process die as `kill -9` does: before and after each commit, publish, acknowledgement, start of a
//! process and write of a result.
//!
//! `SQUALL_FAULT_POINT=commit.after:3` kills it when it comes to that point for the third time. Without the variable nothing is wrapped.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use rustix::process::{Signal, getpid, kill_process};
use squall_bus::{Bus, Consumer, Delivery, Exchange, Health, Listener, Message, Queue};
use squall_store::{Batch, Result as StoreResult, Store, Write, Written};
use tracing::error;

const VARIABLE: &str = "SQUALL_FAULT_POINT";

struct Armed {
    name: String,
    /// How many times the point may be passed before it kills.
    left: AtomicUsize,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

/// Takes the point from the environment; true when there is one.
pub(crate) fn arm() -> bool {
    let Ok(text) = std::env::var(VARIABLE) else { return false };
    let Some((name, occurrence)) = text.split_once(':') else { return false };
    let Some(occurrence) = occurrence.parse::<usize>().ok().filter(|occurrence| *occurrence > 0) else { return false };
    let armed = Armed { name: name.to_owned(), left: AtomicUsize::new(occurrence) };
    squall_spawn::set_probe(reach);
    ARMED.set(armed).is_ok()
}

fn reach(point: &'static str) {
    let Some(armed) = ARMED.get().filter(|armed| armed.name == point) else { return };
    if armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        error!(point, "killed at a fault point");
        // Should even this be refused, the test notices that the process lives on.
        let _killed = kill_process(getpid(), Signal::KILL);
    }
}

/// Puts the points around what the store writes.
pub(crate) fn around_store(store: Store) -> Store {
    Store { batch: Arc::new(PointedBatch(Arc::clone(&store.batch))), ..store }
}

/// Puts the points around what the bus carries.
pub(crate) fn around_bus(bus: Arc<dyn Bus>) -> Arc<dyn Bus> {
    Arc::new(PointedBus(bus))
}

struct PointedBatch(Arc<dyn Batch>);

#[async_trait]
impl Batch for PointedBatch {
    async fn commit(&self, writes: Vec<Write>) -> StoreResult<Vec<Written>> {
        let ends = |write: &Write| matches!(write, Write::UpdateExecution(found) if found.status.is_completed());
        let is_result = writes.iter().any(ends);
        reach("commit.before");
        if is_result {
            reach("result.before");
        }
        let written = self.0.commit(writes).await;
        reach("commit.after");
        if is_result {
            reach("result.after");
        }
        written
    }

    fn is_atomic(&self) -> bool {
        self.0.is_atomic()
    }
}

struct PointedBus(Arc<dyn Bus>);

#[async_trait]
impl Bus for PointedBus {
    async fn publish(&self, message: Message) -> squall_bus::Result<()> {
        reach("publish.before");
        let published = self.0.publish(message).await;
        reach("publish.after");
        published
    }

    async fn consume(&self, queue: Queue) -> squall_bus::Result<Box<dyn Consumer>> {
        Ok(Box::new(PointedConsumer(self.0.consume(queue).await?)))
    }

    async fn listen(&self, exchanges: &[Exchange]) -> squall_bus::Result<Box<dyn Listener>> {
        self.0.listen(exchanges).await
    }

    async fn waiting(&self, queue: Queue) -> squall_bus::Result<usize> {
        self.0.waiting(queue).await
    }

    fn delivery_limit(&self) -> u32 {
        self.0.delivery_limit()
    }

    fn health(&self) -> Health {
        self.0.health()
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

struct PointedConsumer(Box<dyn Consumer>);

#[async_trait]
impl Consumer for PointedConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        let delivery = self.0.next().await?;
        let (message, redelivered) = (delivery.message.clone(), delivery.redelivered);
        Some(Delivery::new(message, redelivered, move |settlement| {
            reach("ack.before");
            match settlement {
                squall_bus::Settlement::Done => delivery.done(),
                squall_bus::Settlement::Retry => delivery.retry(),
            }
            reach("ack.after");
        }))
    }
}
