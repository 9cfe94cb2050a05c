//! Publishes with confirms: many messages are under way on one channel, and each caller waits for its own.

use std::sync::Arc;
use std::time::Duration;

use lapin::Confirmation;
use lapin::types::{AMQPValue, FieldArray, FieldTable, ShortString};
use squall_bus::{Error, Message, Result, wire};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::Options;
use crate::link::Link;
use crate::session::Session;
use crate::topology::{Names, short};

#[derive(Clone)]
pub(crate) struct Publisher {
    link: Link,
    names: Names,
    in_flight: Arc<Semaphore>,
    patience: Duration,
    confirm_within: Duration,
}

/// What is handed to the broker.
pub(crate) struct Parcel<'a> {
    pub(crate) exchange: ShortString,
    pub(crate) key: ShortString,
    pub(crate) body: &'a [u8],
    pub(crate) headers: FieldTable,
    /// Some queue must take it, and it must survive a restart of the broker.
    pub(crate) is_work: bool,
}

impl Publisher {
    pub(crate) fn new(link: Link, names: Names, options: &Options) -> Self {
        let in_flight = Arc::new(Semaphore::new(options.in_flight));
        Self { link, names, in_flight, patience: options.patience, confirm_within: options.confirm_within }
    }

    pub(crate) async fn publish(&self, message: &Message) -> Result<()> {
        let body =
            wire::encode(message).map_err(|error| unavailable(format!("a message can't be written: {error}")))?;
        let keys = self.names.keys_for(message);
        let is_work = !keys.is_empty();
        let mut headers = FieldTable::default();
        if is_work {
            // More routing keys for this one message, which the broker takes off before it delivers.
            headers.insert("BCC".into(), AMQPValue::FieldArray(FieldArray::from(keys)));
        }
        let exchange = self.names.exchange(message.exchange());
        self.send(Parcel { exchange, key: short(message.routing_key()), body: &body, headers, is_work }).await
    }

    /// Returns when the broker has taken the message; in bounded time in any case.
    pub(crate) async fn send(&self, parcel: Parcel<'_>) -> Result<()> {
        let Ok(_permit) = self.in_flight.acquire().await else { return Err(unavailable("it is closed")) };
        let session = self.link.session_within(self.patience).await?;
        tokio::select! {
            biased;
            reason = session.interrupted() => Err(unavailable(reason)),
            outcome = timeout(self.confirm_within, hand_over(&session, parcel)) => match outcome {
                Ok(outcome) => outcome,
                Err(_) => {
                    session.retire("the broker does not confirm");
                    Err(unavailable("the broker does not confirm"))
                }
            },
        }
    }
}

async fn hand_over(session: &Session, parcel: Parcel<'_>) -> Result<()> {
    match session.publish(parcel).await {
        Ok(Confirmation::Ack(None)) => Ok(()),
        Ok(Confirmation::Ack(Some(_))) => {
            // Somebody deleted a queue: the next session declares it again.
            session.retire("a queue is missing");
            Err(unavailable("the queue for a message is missing"))
        }
        Ok(Confirmation::Nack(_)) => Err(unavailable("the broker refused a message")),
        Ok(Confirmation::NotRequested) => {
            session.retire("confirms are off");
            Err(unavailable("the broker does not confirm"))
        }
        Err(error) => {
            session.retire(&error.to_string());
            Err(unavailable(error.to_string()))
        }
    }
}

fn unavailable(reason: impl Into<String>) -> Error {
    Error::Unavailable(reason.into())
}
