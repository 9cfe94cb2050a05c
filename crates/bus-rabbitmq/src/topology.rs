//! What is declared at the broker: durable exchanges, quorum queues with a limit of deliveries, and the dead letters.

use std::sync::Arc;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, Connection, ErrorKind, ExchangeKind};
use squall_bus::{Exchange, Message, QUEUES, Queue, QueueSpec};
use tracing::warn;

use crate::session::Session;

/// How many dead letters are kept; the oldest go first.
const DEAD_LETTERS: i32 = 10_000;
/// A routing key has an end.
const LONGEST_KEY: usize = 255;

/// The names of exchanges and queues, with the prefix in front; made once, because every message needs some.
#[derive(Clone)]
pub(crate) struct Names {
    exchanges: Arc<[(Exchange, ShortString)]>,
    queues: Arc<[QueueNames]>,
    dead: ShortString,
}

struct QueueNames {
    spec: &'static QueueSpec,
    name: ShortString,
    /// One word: the broker walks through the words of a key, and this one is in every message.
    key: LongString,
}

impl Names {
    pub(crate) fn new(prefix: &str) -> Self {
        let exchanges = Exchange::ALL.map(|exchange| (exchange, with_prefix(prefix, exchange.name())));
        let queue = |spec: &'static QueueSpec| {
            let name = with_prefix(prefix, spec.name);
            QueueNames { spec, key: name.as_str().replace('.', "-").into(), name }
        };
        let dead = with_prefix(prefix, "squall.dead");
        Self { exchanges: exchanges.into(), queues: QUEUES.iter().map(queue).collect(), dead }
    }

    pub(crate) fn exchange(&self, exchange: Exchange) -> ShortString {
        let named = self.exchanges.iter().find(|(each, _)| *each == exchange);
        named.map_or_else(|| exchange.name().into(), |(_, name)| name.clone())
    }

    pub(crate) fn queue(&self, queue: Queue) -> ShortString {
        let named = self.queues.iter().find(|names| names.spec.queue == queue);
        named.map_or_else(|| "".into(), |names| names.name.clone())
    }

    /// The routing keys of the queues that want the message.
    pub(crate) fn keys_for(&self, message: &Message) -> Vec<AMQPValue> {
        let exchange = message.exchange();
        let wanting = self.queues.iter().filter(|names| names.spec.exchange == exchange && (names.spec.wants)(message));
        wanting.map(|names| AMQPValue::LongString(names.key.clone())).collect()
    }

    /// Exchange and queue of the dead letters.
    pub(crate) fn dead(&self) -> ShortString {
        self.dead.clone()
    }

    /// Which exchange has this name.
    pub(crate) fn exchange_named(&self, name: &str) -> Option<Exchange> {
        self.exchanges.iter().find(|(_, known)| known.as_str() == name).map(|(exchange, _)| *exchange)
    }
}

/// StackStorm's names begin with its prefix, ours only when somebody chose another.
fn with_prefix(prefix: &str, name: &str) -> ShortString {
    match (name.strip_prefix("st2."), prefix) {
        (_, "st2") => short(name),
        (Some(rest), prefix) => short(&format!("{prefix}.{rest}")),
        (None, prefix) => short(&format!("{prefix}.{name}")),
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
    for QueueNames { spec, name, key } in names.queues.iter() {
        let mut arguments = quorum();
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(delivery_limit.try_into().unwrap_or(i32::MAX)));
        arguments.insert("x-dead-letter-exchange".into(), text(names.dead().as_str()));
        declare_queue(connection, name, arguments).await?;
        // Publishers name the queues that want a message: what decides that is more than a routing key can say.
        bind(&channel, name.clone(), names.exchange(spec.exchange), short(&key.to_string())).await?;
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
