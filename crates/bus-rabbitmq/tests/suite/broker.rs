//! What lies at the broker, as outsiders see it.

use std::collections::HashSet;
use std::sync::Arc;

use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use serde_json::Value;
use squall_bus::{Bus, Change, Exchange, Heard, Message, Queue};
use squall_bus_rabbitmq::Options;
use squall_model::Timestamp;
use squall_testkit::bus_suite::{SECRET, samples};
use squall_testkit::{eventually, execution};

use crate::support;

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn request(word: &str) -> Message {
    Message::Execution { change: Change::Create, execution: Arc::new(execution(word, NOW)) }
}

/// A connection that knows nothing of the bus.
struct Outsider {
    _connection: Connection,
    channel: Channel,
    prefix: String,
}

impl Outsider {
    async fn new(options: &Options) -> Self {
        let connection = Connection::connect(&options.url, ConnectionProperties::default()).await.expect("connect");
        let channel = connection.create_channel().await.expect("a channel");
        Self { _connection: connection, channel, prefix: options.prefix.clone() }
    }

    async fn consume(&self, queue: &str) -> lapin::Consumer {
        let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        self.channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await.expect("consume")
    }

    /// Listens as StackStorm's users do: a queue of one's own, bound to everything.
    async fn listen(&self, exchanges: &[&str]) -> lapin::Consumer {
        let options = QueueDeclareOptions::exclusive().auto_delete();
        let queue = self.channel.queue_declare("".into(), options, FieldTable::default()).await.expect("a queue");
        for exchange in exchanges {
            let name = format!("{}.{exchange}", self.prefix);
            let options = QueueBindOptions::default();
            let bound = self.channel.queue_bind(
                queue.name().clone(),
                name.as_str().into(),
                "#".into(),
                options,
                FieldTable::default(),
            );
            bound.await.expect("bind");
        }
        self.consume(queue.name().as_str()).await
    }

    async fn publish(&self, exchange: &str, key: &str, body: &[u8]) {
        let exchange = if exchange.is_empty() { String::new() } else { format!("{}.{exchange}", self.prefix) };
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let published =
            self.channel.basic_publish(exchange.as_str().into(), key.into(), options, body, properties).await;
        published.expect("publish");
    }

    async fn dead_letters(&self) -> lapin::Consumer {
        self.consume(&format!("{}.squall.dead", self.prefix)).await
    }
}

async fn next(consumer: &mut lapin::Consumer) -> Delivery {
    let waiting = tokio::time::timeout(std::time::Duration::from_secs(60), consumer.next());
    waiting.await.expect("within a minute").expect("not canceled").expect("a delivery")
}

fn header(delivery: &Delivery, name: &str) -> String {
    let headers = delivery.properties.headers().clone().unwrap_or_default();
    match headers.inner().get(name) {
        Some(AMQPValue::LongString(text)) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outsiders_read_json_under_stackstorms_names_once_and_without_secrets() {
    let Some(url) = support::url() else { return };
    let options = support::options(&url);
    let bus = support::connected(options.clone()).await;
    let outsider = Outsider::new(&options).await;
    let mut heard = outsider.listen(&["execution", "announcement", "trigger_instances_dispatch"]).await;
    let wanted = [Exchange::Execution, Exchange::Announcement, Exchange::TriggerInstances];
    let sent: Vec<_> = samples().into_iter().filter(|message| wanted.contains(&message.exchange())).collect();
    for message in sent.iter().chain(&[request("last")]) {
        bus.publish(message.clone()).await.expect("publish");
    }
    let mut names = Vec::new();
    for message in &sent {
        let delivery = next(&mut heard).await;
        let body: Value = serde_json::from_slice(&delivery.data).expect("JSON");
        assert!(!String::from_utf8_lossy(&delivery.data).contains(SECRET));
        assert!(delivery.data.len() < 40_000, "{} bytes travel", delivery.data.len());
        let headers = delivery.properties.headers().clone().unwrap_or_default();
        assert!(!headers.contains_key("BCC"), "{headers:?}");
        if let Message::Execution { execution, .. } = message {
            assert_eq!(body["id"], execution.id.to_string());
            assert_eq!(body["action"]["ref"], "core.noop");
            assert_eq!(body["status"], execution.status.as_str());
            assert_eq!(body["liveaction"]["id"], execution.liveaction_id.to_string());
        }
        names.push(format!("{}__{}", delivery.exchange, delivery.routing_key));
    }
    // A work queue and two bindings that fit are no reason to get it twice.
    let last = next(&mut heard).await;
    assert_eq!(last.routing_key.as_str(), "create");
    assert!(names.contains(&format!("{}.execution__update", options.prefix)), "{names:?}");
    assert!(names.contains(&format!("{}.trigger_instances_dispatch__trigger_instance", options.prefix)), "{names:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_cannot_be_read_becomes_a_dead_letter_with_the_reason() {
    let Some(url) = support::url() else { return };
    let options = support::options(&url);
    let bus = support::connected(options.clone()).await;
    let outsider = Outsider::new(&options).await;
    let mut dead = outsider.dead_letters().await;
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    let queue = format!("{}.actionrunner.req", options.prefix);
    let bodies: [&[u8]; 5] = [b"", b"\x80\x04\x95 a pickle", b"[]", b"{\"id\": \"nonsense\"}", b"{\"id\": 1"];
    for body in bodies {
        outsider.publish("execution", &queue.replace('.', "-"), body).await;
    }
    // Straight into the queue, past its exchange.
    outsider.publish("", &queue, b"{}").await;
    let mut found = HashSet::new();
    for _ in 0..=bodies.len() {
        let delivery = next(&mut dead).await;
        let reason = header(&delivery, "x-squall-reason");
        assert!(reason.contains("is not what st2.execution carries") || reason.contains("carries no work"), "{reason}");
        assert_eq!(header(&delivery, "x-squall-queue"), queue);
        found.insert(delivery.data);
    }
    let expected = bodies.iter().copied().chain([b"{}".as_slice()]).map(<[u8]>::to_vec);
    assert_eq!(found, expected.collect::<HashSet<_>>());
    bus.publish(request("good")).await.expect("publish");
    let delivery = consumer.next().await.expect("a delivery");
    assert_eq!(delivery.message.subject(), request("good").subject());
    delivery.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_always_fails_becomes_a_dead_letter_with_the_count() {
    let Some(url) = support::url() else { return };
    let options = Options { delivery_limit: 3, ..support::options(&url) };
    let bus = support::connected(options.clone()).await;
    let mut dead = Outsider::new(&options).await.dead_letters().await;
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    bus.publish(request("poison")).await.expect("publish");
    for _ in 0..3 {
        consumer.next().await.expect("a delivery").retry();
    }
    let delivery = next(&mut dead).await;
    assert_eq!(header(&delivery, "x-squall-reason"), "given up after 3 deliveries");
    let body: Value = serde_json::from_slice(&delivery.data).expect("JSON");
    assert_eq!(format!("execution {}", body["id"].as_str().expect("an id")), request("poison").subject());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_consumer_always_dies_becomes_a_dead_letter_too() {
    let Some(url) = support::url() else { return };
    let options = Options { delivery_limit: 3, ..support::options(&url) };
    let mut dead = {
        let bus = support::connected(options.clone()).await;
        bus.publish(request("deadly")).await.expect("publish");
        Outsider::new(&options).await.dead_letters().await
    };
    // Nobody settles: the process is gone each time, so only the broker counts.
    for _ in 0..=3 {
        let connection = Connection::connect(&options.url, ConnectionProperties::default()).await.expect("connect");
        let channel = connection.create_channel().await.expect("a channel");
        let queue = format!("{}.actionrunner.req", options.prefix);
        let mut consumer = channel
            .basic_consume(queue.as_str().into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await
            .expect("consume");
        next(&mut consumer).await;
        connection.close(200, "died".into()).await.expect("close");
    }
    let delivery = next(&mut dead).await;
    let headers = delivery.properties.headers().clone().unwrap_or_default();
    let Some(AMQPValue::FieldArray(deaths)) = headers.inner().get("x-death") else { panic!("{headers:?}") };
    let AMQPValue::FieldTable(death) = &deaths.as_slice()[0] else { panic!("{deaths:?}") };
    assert_eq!(death.inner().get("reason"), Some(&AMQPValue::LongString("delivery_limit".into())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_queue_is_noticed_and_made_again() {
    let Some(url) = support::url() else { return };
    let options = support::options(&url);
    let bus = support::connected(options.clone()).await;
    let outsider = Outsider::new(&options).await;
    let queue = format!("{}.actionrunner.req", options.prefix);
    outsider.channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await.expect("delete");
    assert!(bus.publish(request("lost")).await.is_err(), "a message that no queue took was acknowledged");
    let published = async || bus.publish(request("a")).await.ok();
    eventually("the queue is there again", published).await;
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    let delivery = consumer.next().await.expect("a delivery");
    assert_eq!(delivery.message.subject(), request("a").subject());
    delivery.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_with_other_arguments_is_used_as_it_is() {
    let Some(url) = support::url() else { return };
    let options = support::options(&url);
    let outsider = Outsider::new(&options).await;
    // As StackStorm declares it.
    let queue = format!("{}.actionrunner.req", options.prefix);
    let declared =
        outsider.channel.queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), FieldTable::default());
    declared.await.expect("declare");
    let bus = support::connected(options).await;
    bus.publish(request("a")).await.expect("publish");
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    drop(consumer.next().await.expect("a delivery"));
    let again = consumer.next().await.expect("a delivery");
    assert!(again.redelivered);
    again.done();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_listener_can_read_is_told_as_missed() {
    let Some(url) = support::url() else { return };
    let options = support::options(&url);
    let bus = support::connected(options.clone()).await;
    let mut listener = bus.listen(&[Exchange::Execution]).await.expect("listen");
    Outsider::new(&options).await.publish("execution", "update", b"\x80\x04 a pickle").await;
    assert!(matches!(listener.next().await, Some(Heard::Missed(1))));
}
