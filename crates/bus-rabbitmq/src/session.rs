//! One connection while it lives.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use lapin::options::ConfirmSelectOptions;
use lapin::types::LongString;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use tokio::sync::watch;

use crate::topology::{self, Names};

/// How often to look whether the connection still stands, should no event have told.
const LOOK: Duration = Duration::from_millis(250);

pub(crate) struct Session {
    pub(crate) connection: Connection,
    /// With publisher confirms.
    pub(crate) channel: Channel,
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
        Ok(Arc::new(Self { connection, channel, condition }))
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
