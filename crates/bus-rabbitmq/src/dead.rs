//! Messages that nobody can work on, set aside with the reason.

use lapin::types::{AMQPValue, FieldTable};
use squall_bus::Result;
use tracing::error;

use crate::publisher::{Parcel, Publisher};
use crate::settling::Held;
use crate::topology::{Names, text};

#[derive(Clone)]
pub(crate) struct DeadLetters {
    publisher: Publisher,
    names: Names,
}

impl DeadLetters {
    pub(crate) fn new(publisher: Publisher, names: Names) -> Self {
        Self { publisher, names }
    }

    /// Puts a message among the dead letters; when this returns, the original can be acknowledged.
    pub(crate) async fn put(&self, held: &Held, reason: &str) -> Result<()> {
        let mut headers = FieldTable::default();
        headers.insert("x-squall-reason".into(), text(reason));
        headers.insert("x-squall-queue".into(), text(&held.queue));
        headers.insert("x-squall-exchange".into(), text(&held.exchange));
        headers.insert("x-squall-routing-key".into(), text(&held.key));
        headers.insert("x-squall-deliveries".into(), AMQPValue::LongLongInt(i64::from(held.before) + 1));
        let key = held.queue.as_str().into();
        let parcel = Parcel { exchange: self.names.dead(), key, body: &held.body, headers, is_work: true };
        self.publisher.send(parcel).await?;
        error!(queue = held.queue, reason, "a message is dead; it lies in the queue of dead letters");
        Ok(())
    }
}
