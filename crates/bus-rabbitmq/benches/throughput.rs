//! Messages a second through the bus, against a bare loop of the client library in the same run.
//!
//! `tests/lanes/rabbitmq run cargo bench -p squall-bus-rabbitmq`; a number after `--` is how many messages a round has.
//! Both sides publish the same bytes through a topic exchange to a durable quorum queue, persistent, mandatory, with
//! confirms, so many under way at a time; and consume with one acknowledgement a message and so many unacknowledged. The
//! bare loop writes no JSON and names its queue by the routing key, where ours keeps StackStorm's keys and names the queue
//! in a header. The two take turns, and the best of each counts, because other work on the machine only ever slows down;
//! the processor time of client and broker hardly depends on it. Nothing is asserted.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::{self, FuturesUnordered};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind};
use squall_bus::{Bus, Change, Message, Queue, wire};
use squall_bus_rabbitmq::{Options, RabbitBus};
use squall_model::Timestamp;
use squall_testkit::bus_suite::SampleOriginals;
use squall_testkit::execution;

/// A round, when nothing else is said.
const MESSAGES: usize = 20_000;
const ROUNDS: usize = 3;
const IN_FLIGHT: [usize; 2] = [256, 1000];
/// Ticks a second in `/proc/PID/stat`, the same on every Linux that this runs on.
const TICKS_A_SECOND: f64 = 100.0;
const PREFETCH: u16 = 256;
const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn main() {
    let Ok(url) = std::env::var("SQUALL_TEST_AMQP_URL") else {
        eprintln!("NOT MEASURED: no RabbitMQ; use `tests/lanes/rabbitmq run cargo bench -p squall-bus-rabbitmq`");
        return;
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(compare(&url));
}

async fn compare(url: &str) {
    let options = Options { prefix: format!("bench-{}", std::process::id()), ..Options::new(url) };
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(MESSAGES);
    let ours = Ours::new(options).await;
    let bare = Bare::new(url).await;
    println!("one message: {} bytes", bare.body.len());
    println!("| what | bare lapin | our bus | ours / bare | µs of processor a message, client + broker: bare | ours |");
    println!("|---|---|---|---|---|---|");
    for in_flight in IN_FLIGHT {
        let (mut published, mut consumed) = ([Cost::NONE; 2], [Cost::NONE; 2]);
        for _ in 0..ROUNDS {
            let sides = [
                (bare.publish(count, in_flight).await, bare.consume(count).await),
                (ours.publish(count, in_flight).await, ours.consume(count).await),
            ];
            for (side, (publishing, consuming)) in sides.into_iter().enumerate() {
                published[side] = published[side].least(publishing);
                consumed[side] = consumed[side].least(consuming);
            }
        }
        row(&format!("publish, confirmed, {in_flight} in flight"), count, published);
        row("consume and acknowledge", count, consumed);
        let both = [0, 1].map(|side| published[side].and(consumed[side]));
        row("both, one after the other", count, both);
    }
}

/// What some messages took: seconds on the clock, and of processor time here and at the broker.
#[derive(Clone, Copy)]
struct Cost([f64; 3]);

impl Cost {
    const NONE: Self = Self([f64::MAX; 3]);

    fn least(self, other: Self) -> Self {
        Self([0, 1, 2].map(|part| self.0[part].min(other.0[part])))
    }

    fn and(self, other: Self) -> Self {
        Self([0, 1, 2].map(|part| self.0[part] + other.0[part]))
    }
}

/// Begun before, asked after.
struct Meter {
    began: Instant,
    processor: [f64; 2],
}

impl Meter {
    fn start() -> Self {
        Self { began: Instant::now(), processor: processor_seconds() }
    }

    fn cost(&self) -> Cost {
        let [client, broker] = processor_seconds();
        Cost([self.began.elapsed().as_secs_f64(), client - self.processor[0], broker - self.processor[1]])
    }
}

/// Returns the processor time that this process and the broker of the lane have used.
fn processor_seconds() -> [f64; 2] {
    let directory = std::env::var("SQUALL_TEST_RABBITMQ_DIRECTORY").unwrap_or_default();
    let broker = std::fs::read_to_string(format!("{directory}/pid")).unwrap_or_default();
    ["self", broker.trim()].map(|process| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // After the name, which may hold anything, utime and stime are the twelfth and the thirteenth field.
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let used = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
        used.sum::<f64>() / TICKS_A_SECOND
    })
}

fn row(what: &str, count: usize, costs: [Cost; 2]) {
    let [bare, ours] = costs.map(|cost| count as f64 / cost.0[0]);
    let [bare_processor, our_processor] = costs.map(|cost| {
        let [client, broker] = [cost.0[1], cost.0[2]].map(|seconds| seconds * 1e6 / count as f64);
        format!("{client:.0} + {broker:.0}")
    });
    let share = 100.0 * ours / bare;
    println!("| {what} | {bare:.0}/s | {ours:.0}/s | {share:.0} % | {bare_processor} | {our_processor} |");
}

fn message() -> Message {
    Message::Execution { change: Change::Create, execution: Arc::new(execution("bench", NOW)) }
}

struct Ours {
    bus: RabbitBus,
}

impl Ours {
    async fn new(options: Options) -> Self {
        let bus = RabbitBus::start(options, Arc::new(SampleOriginals::default())).expect("a URL");
        while !bus.health().available {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self { bus }
    }

    async fn publish(&self, count: usize, in_flight: usize) -> Cost {
        let message = message();
        let meter = Meter::start();
        let publishing = stream::iter(0..count).for_each_concurrent(in_flight, |_| async {
            self.bus.publish(message.clone()).await.expect("publish");
        });
        publishing.await;
        meter.cost()
    }

    async fn consume(&self, count: usize) -> Cost {
        let meter = Meter::start();
        let mut consumer = self.bus.consume(Queue::Scheduler).await.expect("consume");
        for _ in 0..count {
            consumer.next().await.expect("a delivery").done();
        }
        let cost = meter.cost();
        // The last acknowledgements are on their way: the next round must not find their messages.
        while self.bus.waiting(Queue::Scheduler).await.expect("waiting") > 0 {}
        cost
    }
}

struct Bare {
    _connections: [Connection; 2],
    publishing: Channel,
    consuming: Channel,
    /// Of the exchange and of the queue, and the routing key.
    name: String,
    body: Vec<u8>,
}

impl Bare {
    async fn new(url: &str) -> Self {
        let connect = || Connection::connect(url, ConnectionProperties::default());
        let connections = [connect().await.expect("connect"), connect().await.expect("connect")];
        let publishing = connections[0].create_channel().await.expect("a channel");
        publishing.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
        let consuming = connections[1].create_channel().await.expect("a channel");
        consuming.basic_qos(PREFETCH, BasicQosOptions::default()).await.expect("prefetch");
        let name = format!("bench-{}-bare", std::process::id());
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(10));
        let short = || name.as_str().into();
        let exchange = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let declared = publishing.exchange_declare(short(), ExchangeKind::Topic, exchange, FieldTable::default());
        declared.await.expect("an exchange");
        publishing.queue_declare(short(), QueueDeclareOptions::durable(), arguments).await.expect("a queue");
        let (options, none) = (QueueBindOptions::default(), FieldTable::default());
        publishing.queue_bind(short(), short(), short(), options, none).await.expect("a binding");
        let body = wire::encode(&message()).expect("a body");
        Self { _connections: connections, publishing, consuming, name, body }
    }

    async fn publish(&self, count: usize, in_flight: usize) -> Cost {
        let meter = Meter::start();
        let publishing = stream::iter(0..count).for_each_concurrent(in_flight, |_| async {
            let properties = BasicProperties::default().with_content_type("application/json".into());
            let properties = properties.with_delivery_mode(2);
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let name = || self.name.as_str().into();
            let sent = self.publishing.basic_publish(name(), name(), options, &self.body, properties).await;
            let confirmation = sent.expect("publish").await.expect("confirm");
            assert!(matches!(confirmation, Confirmation::Ack(None)));
        });
        publishing.await;
        meter.cost()
    }

    async fn consume(&self, count: usize) -> Cost {
        let meter = Meter::start();
        let (queue, options) = (self.name.as_str().into(), BasicConsumeOptions::default());
        let mut consumer =
            self.consuming.basic_consume(queue, "".into(), options, FieldTable::default()).await.expect("consume");
        // The next delivery does not wait for the acknowledgement of the one before.
        let mut acknowledging = FuturesUnordered::new();
        for _ in 0..count {
            let delivery = consumer.next().await.expect("not canceled").expect("a delivery");
            acknowledging.push(async move { delivery.ack(BasicAckOptions::default()).await });
            if acknowledging.len() == usize::from(PREFETCH) / 2 {
                acknowledging.next().await.expect("one").expect("acknowledge");
            }
        }
        while let Some(acknowledged) = acknowledging.next().await {
            acknowledged.expect("acknowledge");
        }
        meter.cost()
    }
}
