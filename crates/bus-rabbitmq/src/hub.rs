//! All listeners of the process share one temporary queue: each message is received and read once.
//!
//! The queue goes with its connection, so every new connection means a gap, and the listeners are told.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, message::Delivery};
use squall_bus::wire::{self, Originals, Received};
use squall_bus::{Error, Exchange, Heard, Listener, Result};
use tokio::sync::{OnceCell, broadcast, mpsc, oneshot};
use tokio::time::timeout;
use tracing::warn;

use crate::Options;
use crate::link::Link;
use crate::session::Session;
use crate::topology::{self, Names};

/// How many messages a slow listener may be behind before it loses some.
const BACKLOG: usize = 4096;
/// How many messages the broker keeps for a process that does not read; the oldest go first.
const LONGEST_QUEUE: i32 = 50_000;

type News = Arc<Item>;

enum Item {
    Message {
        exchange: Exchange,
        received: Received,
        /// What was left out is fetched once, by the first listener that wants it.
        whole: OnceCell<Heard>,
    },
    /// So many messages were lost, or nobody knows how many.
    Missed(u64),
}

/// A listener wants these exchanges; the answer comes when they are bound, or will be with the next connection.
struct Wish {
    exchanges: Vec<Exchange>,
    granted: oneshot::Sender<()>,
}

pub(crate) struct Hub {
    news: broadcast::Sender<News>,
    wishes: mpsc::Sender<Wish>,
    link: Link,
}

impl Hub {
    pub(crate) fn start(link: Link, names: Names, options: &Options) -> Self {
        let (news, _) = broadcast::channel(BACKLOG);
        let (wishes, receiver) = mpsc::channel(16);
        let ear = Ear {
            link: link.clone(),
            names,
            options: options.clone(),
            news: news.clone(),
            wanted: HashSet::new(),
            ungranted: Vec::new(),
            has_gap: false,
        };
        tokio::spawn(ear.run(receiver));
        Self { news, wishes, link }
    }

    pub(crate) async fn listen(&self, exchanges: &[Exchange], originals: Arc<dyn Originals>) -> Result<HubListener> {
        let news = self.news.subscribe();
        let exchanges = exchanges.to_vec();
        let (granted, grant) = oneshot::channel();
        let wish = Wish { exchanges: exchanges.clone(), granted };
        let is_closed = || Error::Unavailable("it is closed".to_owned());
        self.wishes.send(wish).await.map_err(|_| is_closed())?;
        grant.await.map_err(|_| is_closed())?;
        Ok(HubListener { news, exchanges, pending: None, originals, link: self.link.clone() })
    }
}

/// The task that holds the queue.
struct Ear {
    link: Link,
    names: Names,
    options: Options,
    news: broadcast::Sender<News>,
    wanted: HashSet<Exchange>,
    ungranted: Vec<oneshot::Sender<()>>,
    /// Something may have been missed before the next message.
    has_gap: bool,
}

struct Opened {
    channel: Channel,
    queue: ShortString,
    deliveries: lapin::Consumer,
}

impl Ear {
    async fn run(mut self, mut wishes: mpsc::Receiver<Wish>) {
        let Some(first) = wishes.recv().await else { return };
        self.take(first);
        let mut failures = 0;
        while let Some(session) = self.session(&mut wishes).await {
            let reason = self.hear(&session, &mut wishes, &mut failures).await;
            self.has_gap = true;
            let Some(reason) = reason else { return };
            session.retire(&reason);
            tokio::time::sleep(self.options.reconnect.random_pause(failures)).await;
            failures += 1;
        }
    }

    /// Waits for a connection; who begins to listen meanwhile is not kept waiting, and will be told of the gap.
    async fn session(&mut self, wishes: &mut mpsc::Receiver<Wish>) -> Option<Arc<Session>> {
        loop {
            if !self.link.is_up() {
                self.has_gap = true;
                self.grant();
            }
            tokio::select! {
                biased;
                session = self.link.session() => return session,
                wish = wishes.recv() => self.take(wish?),
            }
        }
    }

    fn take(&mut self, wish: Wish) {
        self.wanted.extend(wish.exchanges);
        self.ungranted.push(wish.granted);
    }

    fn grant(&mut self) {
        for granted in self.ungranted.drain(..) {
            // Who asked may have left.
            let _left = granted.send(());
        }
    }

    /// Hears until the session ends, and returns why it did; none when there is nobody left to listen.
    async fn hear(
        &mut self,
        session: &Session,
        wishes: &mut mpsc::Receiver<Wish>,
        failures: &mut u32,
    ) -> Option<String> {
        let opened = match self.within(session, self.open(session)).await {
            Ok(opened) => opened,
            Err(reason) => return Some(reason),
        };
        *failures = 0;
        self.grant();
        if std::mem::take(&mut self.has_gap) {
            self.tell(Item::Missed(0));
        }
        let Opened { channel, queue, mut deliveries } = opened;
        loop {
            tokio::select! {
                reason = session.ended() => return Some(reason),
                wish = wishes.recv() => {
                    let new: Vec<_> = wish.as_ref()?.exchanges.iter().copied().filter(|e| !self.wanted.contains(e)).collect();
                    self.take(wish?);
                    if let Err(reason) = self.within(session, self.bind(&channel, &queue, new)).await {
                        return Some(reason);
                    }
                    self.grant();
                }
                delivery = deliveries.next() => match delivery {
                    Some(Ok(delivery)) => self.pass_on(&delivery),
                    Some(Err(error)) => return Some(error.to_string()),
                    None => return Some("the broker ended the queue of the listeners".to_owned()),
                },
            }
        }
    }

    /// Waits for the broker, but not for ever.
    async fn within<T>(
        &self,
        session: &Session,
        asked: impl Future<Output = lapin::Result<T>>,
    ) -> std::result::Result<T, String> {
        tokio::select! {
            answer = timeout(self.options.confirm_within, asked) => match answer {
                Ok(answer) => answer.map_err(|error| error.to_string()),
                Err(_) => Err("the broker does not answer".to_owned()),
            },
            reason = session.ended() => Err(reason),
        }
    }

    async fn open(&self, session: &Session) -> lapin::Result<Opened> {
        let channel = session.connection.create_channel().await?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(LONGEST_QUEUE));
        let options = QueueDeclareOptions::exclusive().auto_delete();
        let queue = channel.queue_declare("".into(), options, arguments).await?.name().clone();
        self.bind(&channel, &queue, self.wanted.iter().copied().collect()).await?;
        let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        let deliveries = channel.basic_consume(queue.clone(), "".into(), options, FieldTable::default()).await?;
        Ok(Opened { channel, queue, deliveries })
    }

    async fn bind(&self, channel: &Channel, queue: &ShortString, exchanges: Vec<Exchange>) -> lapin::Result<()> {
        for exchange in exchanges {
            topology::bind(channel, queue.clone(), self.names.exchange(exchange), "#".into()).await?;
        }
        Ok(())
    }

    fn pass_on(&self, delivery: &Delivery) {
        let Some(exchange) = self.names.exchange_named(delivery.exchange.as_str()) else { return };
        match wire::decode(exchange, delivery.routing_key.as_str(), &delivery.data) {
            Ok(received) => self.tell(Item::Message { exchange, received, whole: OnceCell::new() }),
            Err(error) => {
                warn!(%error, "a message that was listened to can't be read");
                self.tell(Item::Missed(1));
            }
        }
    }

    fn tell(&self, item: Item) {
        // An error means that nobody listens now.
        let _nobody = self.news.send(Arc::new(item));
    }
}

pub(crate) struct HubListener {
    news: broadcast::Receiver<News>,
    exchanges: Vec<Exchange>,
    /// What is being completed: `next` may be dropped at any time.
    pending: Option<News>,
    originals: Arc<dyn Originals>,
    link: Link,
}

#[async_trait]
impl Listener for HubListener {
    async fn next(&mut self) -> Option<Heard> {
        let link = self.link.clone();
        tokio::select! {
            biased;
            () = link.closed() => None,
            heard = self.next_whole() => heard,
        }
    }
}

impl HubListener {
    async fn next_whole(&mut self) -> Option<Heard> {
        loop {
            let item = match self.pending.take() {
                Some(item) => item,
                None => match self.news.recv().await {
                    Ok(item) => item,
                    Err(broadcast::error::RecvError::Lagged(count)) => return Some(Heard::Missed(count)),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            };
            match item.as_ref() {
                Item::Missed(count) => return Some(Heard::Missed(*count)),
                Item::Message { exchange, .. } if !self.exchanges.contains(exchange) => {}
                Item::Message { received, whole, .. } => {
                    self.pending = Some(Arc::clone(&item));
                    let heard = whole.get_or_init(|| complete(received, self.originals.as_ref())).await.clone();
                    self.pending = None;
                    return Some(heard);
                }
            }
        }
    }
}

async fn complete(received: &Received, originals: &dyn Originals) -> Heard {
    match received.whole(originals).await {
        Ok(Some(message)) => Heard::Message(message),
        Ok(None) => Heard::Missed(1),
        Err(error) => {
            warn!(%error, "could not fetch what a message left out");
            Heard::Missed(1)
        }
    }
}
