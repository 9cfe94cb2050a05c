//! One connection while it lives.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::LongString;
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Event};
use tokio::sync::watch;

use crate::publisher::Parcel;
use crate::topology::{self, Names};

/// How often to look whether the connection still stands, should no event have told.
const LOOK: Duration = Duration::from_millis(250);

const PERSISTENT: u8 = 2;
const TRANSIENT: u8 = 1;

pub(crate) struct Session {
    pub(crate) connection: Connection,
    /// With publisher confirms.
    channel: Channel,
    order: Mutex<()>,
    condition: watch::Sender<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Open,
    /// The broker takes no messages, because it lacks memory or disk.
    Blocked(String),
    Ended(String),
}

impl Session {
    /// Connects and declares what is to be there.
    pub(crate) async fn open(uri: AMQPUri, name: &str, names: &Names, delivery_limit: u32) -> lapin::Result<Arc<Self>> {
        let properties = ConnectionProperties::default().with_connection_name(LongString::from(name));
        let connection = Connection::connect_uri(uri, properties).await?;
        topology::declare(&connection, names, delivery_limit).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let condition = watch::Sender::new(Condition::Open);
        Ok(Arc::new(Self { connection, channel, order: Mutex::default(), condition }))
    }

    /// Returns what the broker says of the message.
    ///
    /// The client library numbers a message and queues its frames under two locks: of two that are published at once, each could take the
    /// other's confirmation for its own. Both happens when the future is polled first, so that happens to one message at a time.
    pub(crate) async fn publish(&self, parcel: Parcel<'_>) -> lapin::Result<Confirmation> {
        let options = BasicPublishOptions { mandatory: parcel.is_work, ..BasicPublishOptions::default() };
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_delivery_mode(if parcel.is_work { PERSISTENT } else { TRANSIENT })
            .with_headers(parcel.headers);
        let mut publishing =
            pin!(self.channel.basic_publish(parcel.exchange, parcel.key, options, parcel.body, properties));
        let first = poll_fn(|task| {
            let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            Poll::Ready(publishing.as_mut().poll(task))
        });
        let confirmation = match first.await {
            Poll::Ready(queued) => queued?,
            Poll::Pending => publishing.await?,
        };
        confirmation.await
    }

    /// Ends the session for all who use it: the supervisor makes a new one.
    pub(crate) fn retire(&self, reason: &str) {
        self.condition.send_if_modified(|condition| {
            let is_first = !matches!(condition, Condition::Ended(_));
            if is_first {
                *condition = Condition::Ended(reason.to_owned());
            }
            is_first
        });
    }

    /// Waits until messages can't be published any more, and returns why.
    pub(crate) async fn interrupted(&self) -> String {
        self.until(|condition| *condition != Condition::Open).await
    }

    /// Waits until the session is over, and returns why.
    pub(crate) async fn ended(&self) -> String {
        self.until(|condition| matches!(condition, Condition::Ended(_))).await
    }

    async fn until(&self, holds: impl FnMut(&Condition) -> bool) -> String {
        let mut changes = self.condition.subscribe();
        match changes.wait_for(holds).await.as_deref() {
            Ok(Condition::Blocked(reason)) => format!("the broker takes no messages: {reason}"),
            Ok(Condition::Ended(reason)) => reason.clone(),
            Ok(Condition::Open) | Err(_) => "the connection is gone".to_owned(),
        }
    }

    /// Follows the connection until it ends; `tell` is told of every other change.
    pub(crate) async fn follow(&self, mut tell: impl FnMut(&Condition)) -> String {
        let mut events = pin!(self.connection.events_listener());
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                reason = self.ended() => return reason,
                event = events.next() => match event {
                    Some(Event::ConnectionBlocked(reason)) => self.change(Condition::Blocked(reason), &mut tell),
                    Some(Event::ConnectionUnblocked) => self.change(Condition::Open, &mut tell),
                    Some(Event::Error(error)) => self.retire(&error.to_string()),
                    Some(_) => {}
                    None => self.retire("the connection is gone"),
                },
                _ = ticks.tick() => {
                    if !self.connection.status().connected() {
                        self.retire("the connection was lost");
                    }
                }
            }
        }
    }

    fn change(&self, to: Condition, tell: &mut impl FnMut(&Condition)) {
        tell(&to);
        self.condition.send_if_modified(|condition| {
            if matches!(condition, Condition::Ended(_)) || *condition == to {
                return false;
            }
            *condition = to;
            true
        });
    }
}
