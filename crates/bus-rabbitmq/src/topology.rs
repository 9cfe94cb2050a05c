//! What is declared at the broker: durable exchanges, quorum queues with a limit of deliveries, and the dead letters.

use std::sync::Arc;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, Connection, ErrorKind, ExchangeKind};
use squall_bus::{Exchange, Message, QUEUES, Queue};
use tracing::warn;

use crate::session::Session;

/// How many dead letters are kept; the oldest go first.
const DEAD_LETTERS: i32 = 10_000;
/// A routing key has an end.
const LONGEST_KEY: usize = 255;

/// The names of exchanges and queues, with the prefix in front.
#[derive(Clone)]
pub(crate) struct Names {
    prefix: Arc<str>,
}

impl Names {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    pub(crate) fn exchange(&self, exchange: Exchange) -> ShortString {
        self.with_prefix(exchange.name())
    }

    pub(crate) fn queue(&self, queue: Queue) -> ShortString {
        let spec = QUEUES.iter().find(|spec| spec.queue == queue);
        self.with_prefix(spec.map_or("", |spec| spec.name))
    }

    /// The names of the queues that want the message.
    pub(crate) fn queues_for(&self, message: &Message) -> Vec<ShortString> {
        let exchange = message.exchange();
        let wanting = QUEUES.iter().filter(|spec| spec.exchange == exchange && (spec.wants)(message));
        wanting.map(|spec| self.with_prefix(spec.name)).collect()
    }

    /// Exchange and queue of the dead letters.
    pub(crate) fn dead(&self) -> ShortString {
        self.with_prefix("squall.dead")
    }

    /// Which exchange has this name.
    pub(crate) fn exchange_named(&self, name: &str) -> Option<Exchange> {
        Exchange::ALL.into_iter().find(|exchange| self.exchange(*exchange).as_str() == name)
    }

    /// StackStorm's names begin with its prefix, ours only when somebody chose another.
    fn with_prefix(&self, name: &str) -> ShortString {
        let named = match (name.strip_prefix("st2."), self.prefix.as_ref()) {
            (_, "st2") => name.to_owned(),
            (Some(rest), prefix) => format!("{prefix}.{rest}"),
            (None, prefix) => format!("{prefix}.{name}"),
        };
        short(&named)
    }
}

/// Cuts what is too long for the protocol.
pub(crate) fn short(text: &str) -> ShortString {
    text[..text.floor_char_boundary(LONGEST_KEY)].into()
}

pub(crate) async fn declare(connection: &Connection, names: &Names, delivery_limit: u32) -> lapin::Result<()> {
    let channel = connection.create_channel().await?;
    for exchange in Exchange::ALL {
        declare_exchange(&channel, names.exchange(exchange), ExchangeKind::Topic).await?;
    }
    declare_exchange(&channel, names.dead(), ExchangeKind::Fanout).await?;
    let mut dead = quorum();
    dead.insert("x-max-length".into(), AMQPValue::LongInt(DEAD_LETTERS));
    declare_queue(connection, &names.dead(), dead).await?;
    bind(&channel, names.dead(), names.dead(), "".into()).await?;
    for spec in QUEUES {
        let name = names.queue(spec.queue);
        let mut arguments = quorum();
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(delivery_limit.try_into().unwrap_or(i32::MAX)));
        arguments.insert("x-dead-letter-exchange".into(), text(names.dead().as_str()));
        declare_queue(connection, &name, arguments).await?;
        // Publishers name the queues that want a message: what decides that is more than a routing key can say.
        bind(&channel, name.clone(), names.exchange(spec.exchange), name).await?;
    }
    Ok(())
}

async fn declare_exchange(channel: &Channel, name: ShortString, kind: ExchangeKind) -> lapin::Result<()> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(name, kind, options, FieldTable::default()).await
}

/// A queue that is there with other arguments (an older setting, or StackStorm's own) is used as it is.
async fn declare_queue(connection: &Connection, name: &ShortString, arguments: FieldTable) -> lapin::Result<()> {
    // A refused declaration closes its channel.
    let channel = connection.create_channel().await?;
    match channel.queue_declare(name.clone(), QueueDeclareOptions::durable(), arguments).await {
        Ok(_) => Ok(()),
        Err(error) if is_precondition(&error) => {
            warn!(queue = name.as_str(), %error, "a queue has other arguments than wanted; it is used as it is");
            let channel = connection.create_channel().await?;
            let options = QueueDeclareOptions::durable().passive();
            channel.queue_declare(name.clone(), options, FieldTable::default()).await.map(|_| ())
        }
        Err(error) => Err(error),
    }
}

fn is_precondition(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(error)
        if *error.kind() == AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED))
}

pub(crate) async fn bind(
    channel: &Channel,
    queue: ShortString,
    exchange: ShortString,
    key: ShortString,
) -> lapin::Result<()> {
    channel.queue_bind(queue, exchange, key, QueueBindOptions::default(), FieldTable::default()).await
}

/// Returns how many messages wait in a queue.
pub(crate) async fn waiting(session: &Session, name: &ShortString) -> lapin::Result<usize> {
    let channel = session.connection.create_channel().await?;
    let options = QueueDeclareOptions::durable().passive();
    let queue = channel.queue_declare(name.clone(), options, FieldTable::default()).await?;
    Ok(usize::try_from(queue.message_count()).unwrap_or(usize::MAX))
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments
}

pub(crate) fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_renames_everything() {
        let names = Names::new("st2");
        assert_eq!(names.exchange(Exchange::Execution).as_str(), "st2.execution");
        assert_eq!(names.dead().as_str(), "squall.dead");
        let names = Names::new("blue");
        assert_eq!(names.exchange(Exchange::Execution).as_str(), "blue.execution");
        assert_eq!(names.exchange(Exchange::Catalogue).as_str(), "blue.squall.catalogue");
        assert_eq!(names.queue(Queue::Scheduler).as_str(), "blue.actionrunner.req");
        assert_eq!(names.exchange_named("blue.execution.output"), Some(Exchange::ExecutionOutput));
        assert_eq!(names.exchange_named("st2.execution"), None);
    }

    #[test]
    fn a_long_routing_key_is_cut_between_letters() {
        assert_eq!(short(&"é".repeat(200)).as_str(), "é".repeat(127));
        assert_eq!(short("create").as_str(), "create");
    }
}
