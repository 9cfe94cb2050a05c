//! Somebody at the broker who means no good: repeats what was said to everybody, takes messages and gives them back late, talks nonsense.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions, ConfirmSelectOptions,
    QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldArray, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use squall_bus::{Exchange, QUEUES};

use crate::support::dice::Dice;

/// The header of a copy, so that copies are not copied.
const COPY: &str = "x-copy";
const BETWEEN_DEEDS: Duration = Duration::from_millis(50);
const LATEST: Duration = Duration::from_secs(2);

/// What the adversary does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// One message of ten comes again, to every queue of its exchange, up to two seconds later; some come out of their turn.
    Repeats,
    /// Bodies that nobody can read, on every queue.
    Poisons,
}

pub(crate) struct Adversary {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
    place: Place,
}

/// The broker, and the names under which the platform is there.
#[derive(Clone)]
struct Place {
    url: String,
    prefix: String,
}

impl Adversary {
    pub(crate) fn start(url: &str, prefix: &str, habit: Habit, mut dice: Dice) -> Self {
        let place = Place { url: url.to_owned(), prefix: prefix.to_owned() };
        let stop = Arc::new(AtomicBool::new(false));
        let (stopping, own) = (Arc::clone(&stop), place.clone());
        let thread = std::thread::spawn(move || {
            run(async {
                let channel = own.channel().await;
                match habit {
                    Habit::Repeats => repeat(&own, &channel, &mut dice, &stopping).await,
                    Habit::Poisons => poison(&own, &channel, &mut dice, &stopping).await,
                }
            })
        });
        Self { stop, thread, place }
    }

    /// Ends it, and returns how many messages it sent.
    pub(crate) fn stop(self) -> (usize, DeadLetters) {
        self.stop.store(true, Ordering::Relaxed);
        (self.thread.join().expect("the adversary ran to its end"), DeadLetters(self.place))
    }
}

/// The queue of what nobody can work on.
pub(crate) struct DeadLetters(Place);

impl DeadLetters {
    pub(crate) fn count(&self) -> usize {
        run(async {
            let channel = self.0.channel().await;
            let options = QueueDeclareOptions::durable().passive();
            let name = self.0.named("squall.dead");
            let queue = channel.queue_declare(name, options, FieldTable::default()).await.expect("the dead letters");
            usize::try_from(queue.message_count()).expect("a count")
        })
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

impl Place {
    async fn channel(&self) -> Channel {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await.expect("the broker");
        let channel = connection.create_channel().await.expect("a channel");
        channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
        channel
    }

    fn named(&self, name: &str) -> ShortString {
        format!("{}.{}", self.prefix, name.strip_prefix("st2.").unwrap_or(name)).into()
    }

    /// Headers by which the broker gives a message to every queue of the exchange.
    fn to_all_queues(&self, exchange: Exchange) -> FieldTable {
        let keys = QUEUES.iter().filter(|spec| spec.exchange == exchange);
        let keys = keys.map(|spec| AMQPValue::LongString(self.named(spec.name).as_str().replace('.', "-").into()));
        let mut headers = FieldTable::default();
        headers.insert("BCC".into(), AMQPValue::FieldArray(FieldArray::from(keys.collect::<Vec<_>>())));
        headers.insert(COPY.into(), AMQPValue::Boolean(true));
        headers
    }

    async fn send(&self, channel: &Channel, exchange: Exchange, key: ShortString, body: &[u8]) {
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_delivery_mode(2)
            .with_headers(self.to_all_queues(exchange));
        let name = self.named(exchange.name());
        let sent = channel.basic_publish(name, key, BasicPublishOptions::default(), body, properties).await;
        sent.expect("a message is sent").await.expect("and confirmed");
    }
}

fn work_exchanges() -> Vec<Exchange> {
    let mut found: Vec<Exchange> = Vec::new();
    for spec in QUEUES {
        if !found.contains(&spec.exchange) {
            found.push(spec.exchange);
        }
    }
    found
}

async fn repeat(place: &Place, channel: &Channel, dice: &mut Dice, stop: &AtomicBool) -> usize {
    let mut heard = listen(place, channel).await;
    let (mut kept, mut taken, mut sent): (Vec<(Instant, Delivery)>, Vec<_>, usize) = (Vec::new(), Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        if let Ok(Some(Ok(delivery))) = tokio::time::timeout(BETWEEN_DEEDS, heard.next()).await
            && !is_copy(&delivery)
            && dice.below(10) == 0
        {
            kept.push((Instant::now() + dice.pause(Duration::ZERO, LATEST), delivery));
        }
        for (_, copy) in kept.extract_if(.., |(when, _)| *when <= Instant::now()) {
            let exchange = work_exchanges().into_iter().find(|each| place.named(each.name()) == copy.exchange);
            place.send(channel, exchange.expect("only these are bound"), copy.routing_key, &copy.data).await;
            sent += 1;
        }
        hold_one(place, channel, dice, &mut taken).await;
    }
    give_back(&mut taken, |_| true).await;
    sent
}

/// Hears everything that is published to the exchanges of work.
async fn listen(place: &Place, channel: &Channel) -> lapin::Consumer {
    let options = QueueDeclareOptions::exclusive().auto_delete();
    let queue = channel.queue_declare("".into(), options, FieldTable::default()).await.expect("a queue");
    for exchange in work_exchanges() {
        let (name, options) = (place.named(exchange.name()), QueueBindOptions::default());
        let bound = channel.queue_bind(queue.name().clone(), name, "#".into(), options, FieldTable::default()).await;
        bound.expect("a binding");
    }
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    channel.basic_consume(queue.name().clone(), "".into(), options, FieldTable::default()).await.expect("a consumer")
}

fn is_copy(delivery: &Delivery) -> bool {
    delivery.properties.headers().as_ref().is_some_and(|headers| headers.inner().contains_key(COPY))
}

type Taken = Vec<(Instant, Delivery)>;

/// Takes a message off some queue now and then, and gives it back when others have passed it.
async fn hold_one(place: &Place, channel: &Channel, dice: &mut Dice, taken: &mut Taken) {
    if dice.below(20) == 0 {
        let queue = place.named(QUEUES[dice.below(QUEUES.len())].name);
        let got = channel.basic_get(queue, BasicGetOptions::default()).await.expect("an answer");
        taken.extend(got.map(|got| (Instant::now() + dice.pause(Duration::ZERO, LATEST), got.delivery)));
    }
    give_back(taken, |when| when <= Instant::now()).await;
}

async fn give_back(taken: &mut Taken, is_time: impl Fn(Instant) -> bool) {
    for (_, delivery) in taken.extract_if(.., |(when, _)| is_time(*when)) {
        let options = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
        delivery.acker.nack(options).await.expect("a message is given back");
    }
}

async fn poison(place: &Place, channel: &Channel, dice: &mut Dice, stop: &AtomicBool) -> usize {
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let exchanges = work_exchanges();
        let exchange = exchanges[dice.below(exchanges.len())];
        place.send(channel, exchange, "create".into(), &nonsense(dice)).await;
        sent += QUEUES.iter().filter(|spec| spec.exchange == exchange).count();
        tokio::time::sleep(BETWEEN_DEEDS).await;
    }
    sent
}

fn nonsense(dice: &mut Dice) -> Vec<u8> {
    match dice.below(8) {
        0 => Vec::new(),
        1 => b"{}".to_vec(),
        2 => vec![b'['; 100_000],
        3 => br#"{"id": 7, "status": {"$ne": null}}"#.to_vec(),
        4 => vec![0xff; 1000],
        5 => format!("{{\"id\": \"{}\"}}", "a".repeat(1_000_000)).into_bytes(),
        6 => b"null".to_vec(),
        _ => (0..dice.below(4000)).map(|_| u8::try_from(dice.below(256)).expect("a byte")).collect(),
    }
}
