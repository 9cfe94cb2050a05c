//! Messages a second through the bus, against a bare loop of the client library in the same run.
//!
//! `tests/lanes/rabbitmq run cargo bench -p squall-bus-rabbitmq`. Both sides publish the same bytes to a durable quorum
//! queue, persistent, with confirms, so many under way at a time; and consume with one acknowledgement a message. The two
//! take turns, and the best of each counts, because other work on the machine only ever slows down. Nothing is asserted.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use squall_bus::{Bus, Change, Message, Queue, wire};
use squall_bus_rabbitmq::{Options, RabbitBus};
use squall_model::Timestamp;
use squall_testkit::bus_suite::SampleOriginals;
use squall_testkit::execution;

const MESSAGES: usize = 20_000;
const ROUNDS: usize = 3;
const IN_FLIGHT: [usize; 3] = [1, 256, 1000];
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
    let ours = Ours::new(options).await;
    let bare = Bare::new(url).await;
    println!("one message: {} bytes", bare.body.len());
    println!("| what | bare lapin | our bus | ours / bare |");
    println!("|---|---|---|---|");
    for in_flight in IN_FLIGHT {
        let count = if in_flight == 1 { MESSAGES / 20 } else { MESSAGES };
        let (mut published, mut consumed) = ([f64::MAX; 2], [f64::MAX; 2]);
        for _ in 0..ROUNDS {
            let sides = [
                (bare.publish(count, in_flight).await, bare.consume(count).await),
                (ours.publish(count, in_flight).await, ours.consume(count).await),
            ];
            for (side, (publishing, consuming)) in sides.into_iter().enumerate() {
                published[side] = published[side].min(publishing.as_secs_f64());
                consumed[side] = consumed[side].min(consuming.as_secs_f64());
            }
        }
        row(&format!("publish, confirmed, {in_flight} in flight"), count, published);
        row("consume and acknowledge", count, consumed);
        row("both, one after the other", count, [published[0] + consumed[0], published[1] + consumed[1]]);
    }
}

fn row(what: &str, count: usize, seconds: [f64; 2]) {
    let [bare, ours] = seconds.map(|seconds| count as f64 / seconds);
    println!("| {what} | {bare:.0}/s | {ours:.0}/s | {:.0} % |", 100.0 * ours / bare);
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

    async fn publish(&self, count: usize, in_flight: usize) -> Duration {
        let message = message();
        let began = Instant::now();
        let publishing = stream::iter(0..count).for_each_concurrent(in_flight, |_| async {
            self.bus.publish(message.clone()).await.expect("publish");
        });
        publishing.await;
        began.elapsed()
    }

    async fn consume(&self, count: usize) -> Duration {
        let began = Instant::now();
        let mut consumer = self.bus.consume(Queue::Scheduler).await.expect("consume");
        for _ in 0..count {
            consumer.next().await.expect("a delivery").done();
        }
        let took = began.elapsed();
        // The last acknowledgements are on their way: the next round must not find their messages.
        while self.bus.waiting(Queue::Scheduler).await.expect("waiting") > 0 {}
        took
    }
}

struct Bare {
    _connections: [Connection; 2],
    publishing: Channel,
    consuming: Channel,
    queue: String,
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
        let queue = format!("bench-{}-bare", std::process::id());
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(10));
        publishing
            .queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), arguments)
            .await
            .expect("a queue");
        let body = wire::encode(&message()).expect("a body");
        Self { _connections: connections, publishing, consuming, queue, body }
    }

    async fn publish(&self, count: usize, in_flight: usize) -> Duration {
        let began = Instant::now();
        let publishing = stream::iter(0..count).for_each_concurrent(in_flight, |_| async {
            let properties = BasicProperties::default().with_delivery_mode(2);
            let options = BasicPublishOptions::default();
            let queue = self.queue.as_str().into();
            let sent = self.publishing.basic_publish("".into(), queue, options, &self.body, properties).await;
            let confirmation = sent.expect("publish").await.expect("confirm");
            assert!(confirmation.is_ack());
        });
        publishing.await;
        began.elapsed()
    }

    async fn consume(&self, count: usize) -> Duration {
        let began = Instant::now();
        let (queue, options) = (self.queue.as_str().into(), BasicConsumeOptions::default());
        let mut consumer =
            self.consuming.basic_consume(queue, "".into(), options, FieldTable::default()).await.expect("consume");
        for _ in 0..count {
            let delivery = consumer.next().await.expect("not canceled").expect("a delivery");
            delivery.ack(BasicAckOptions::default()).await.expect("acknowledge");
        }
        began.elapsed()
    }
}
