//! The cases of the suite.

use std::collections::{BTreeSet, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_bus::{Announcement, Bus, Change, Consumer, Delivery, Exchange, Heard, Listener, Message, QUEUES, Queue};
use squall_model::{Execution, Id, Map, Status, Timestamp, TriggerInstance, TriggerInstanceStatus};

use super::samples;
use crate::{execution, snapshot};

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// What hangs is a failure; nothing else depends on the clock.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("an answer within a minute")
}

/// A message that the scheduler's queue wants.
fn request(word: &str) -> Message {
    Message::Execution { change: Change::Create, execution: Arc::new(execution(word, NOW)) }
}

fn id_of(message: &Message) -> Id {
    match message {
        Message::Execution { execution, .. } | Message::Control { execution } => execution.id,
        Message::TriggerInstance(instance) => instance.id,
        other => panic!("no document in {other:?}"),
    }
}

async fn publish(bus: &Arc<dyn Bus>, message: Message) {
    soon(bus.publish(message)).await.expect("publish");
}

async fn consumer(bus: &Arc<dyn Bus>, queue: Queue) -> Box<dyn Consumer> {
    soon(bus.consume(queue)).await.expect("consume")
}

async fn take(consumer: &mut Box<dyn Consumer>) -> Delivery {
    soon(consumer.next()).await.expect("a delivery")
}

async fn take_id(consumer: &mut Box<dyn Consumer>) -> Id {
    let delivery = take(consumer).await;
    let id = id_of(&delivery.message);
    delivery.done();
    id
}

async fn listener(bus: &Arc<dyn Bus>, exchanges: &[Exchange]) -> Box<dyn Listener> {
    soon(bus.listen(exchanges)).await.expect("listen")
}

async fn hear(listener: &mut Box<dyn Listener>) -> Message {
    match soon(listener.next()).await {
        Some(Heard::Message(message)) => message,
        other => panic!("expected a message, heard {other:?}"),
    }
}

fn announcement(number: usize) -> Message {
    let announcement =
        Announcement { route: format!("route-{number}"), payload: json!({"n": number}), trace_context: Map::new() };
    Message::Announcement(Arc::new(announcement))
}

fn texts<'a>(messages: impl IntoIterator<Item = &'a Message>) -> BTreeSet<String> {
    messages.into_iter().map(|message| format!("{message:?}")).collect()
}

pub async fn every_kind_of_message_arrives_unchanged(bus: Arc<dyn Bus>) {
    let mut listener = listener(&bus, &Exchange::ALL).await;
    let sent = samples();
    for message in &sent {
        publish(&bus, message.clone()).await;
    }
    let mut heard = Vec::new();
    for _ in &sent {
        heard.push(hear(&mut listener).await);
    }
    let (heard, sent) = (texts(&heard), texts(&sent));
    let differ: Vec<_> =
        heard.symmetric_difference(&sent).map(|text| text.chars().take(2000).collect::<String>()).collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// One message for each queue, told apart by a word.
fn one_for_each_queue(word: &str) -> Vec<(Queue, Message)> {
    let with = |name: &str, change: &dyn Fn(&mut Execution)| {
        let mut execution = execution(&format!("{word}-{name}"), NOW);
        change(&mut execution);
        Arc::new(execution)
    };
    let update = |execution| Message::Execution { change: Change::Update, execution };
    let workflow = |execution: &mut Execution| execution.snapshot = snapshot("p", "workflow", "orquesta");
    let event = TriggerInstance {
        id: Id::derived(&["event", word]),
        trigger: "core.t".to_owned(),
        payload: json!({}),
        occurrence_time: NOW,
        status: TriggerInstanceStatus::Pending,
        trace_context: Map::new(),
    };
    vec![
        (Queue::Scheduler, update(with("requested", &|_| {}))),
        (Queue::ActionRunner, update(with("scheduled", &|execution| execution.status = Status::Scheduled))),
        (
            Queue::Workflow,
            update(with("workflow", &|execution| {
                workflow(execution);
                execution.status = Status::Scheduled;
            })),
        ),
        (Queue::RulesEngine, Message::TriggerInstance(Arc::new(event))),
        (
            Queue::WorkflowControl,
            Message::Control {
                execution: with("control", &|execution| {
                    workflow(execution);
                    execution.status = Status::Pausing;
                }),
            },
        ),
    ]
}

pub async fn a_message_reaches_the_queues_that_want_it_and_no_other(bus: Arc<dyn Bus>) {
    let first = one_for_each_queue("first");
    assert_eq!(first.iter().map(|(queue, _)| *queue).collect::<HashSet<_>>().len(), QUEUES.len());
    let second = one_for_each_queue("second");
    for (_, message) in first.iter().chain(&second) {
        publish(&bus, message.clone()).await;
    }
    for ((queue, one), (_, two)) in first.iter().zip(&second) {
        let mut consumer = consumer(&bus, *queue).await;
        let taken = HashSet::from([take_id(&mut consumer).await, take_id(&mut consumer).await]);
        // A stray message of the first round would have come before the second.
        assert_eq!(taken, HashSet::from([id_of(one), id_of(two)]), "{queue:?}");
    }
}

pub async fn each_message_goes_to_one_of_many_consumers(bus: Arc<dyn Bus>) {
    let (mut one, mut other) = (consumer(&bus, Queue::Scheduler).await, consumer(&bus, Queue::Scheduler).await);
    let sent: HashSet<Id> = publish_requests(&bus, 40).await;
    let mut taken = Vec::new();
    while taken.len() < sent.len() {
        let delivery = soon(async {
            tokio::select! {
                delivery = one.next() => delivery,
                delivery = other.next() => delivery,
            }
        });
        let delivery = delivery.await.expect("a delivery");
        taken.push(id_of(&delivery.message));
        delivery.done();
    }
    assert_eq!(taken.into_iter().collect::<HashSet<_>>(), sent);
}

async fn publish_requests(bus: &Arc<dyn Bus>, count: usize) -> HashSet<Id> {
    let mut sent = HashSet::new();
    for number in 0..count {
        let message = request(&number.to_string());
        sent.insert(id_of(&message));
        publish(bus, message).await;
    }
    sent
}

pub async fn many_can_publish_at_a_time(bus: Arc<dyn Bus>) {
    let mut publishing = tokio::task::JoinSet::new();
    for number in 0..500 {
        let bus = Arc::clone(&bus);
        publishing.spawn(async move { bus.publish(request(&number.to_string())).await });
    }
    while let Some(published) = soon(publishing.join_next()).await {
        published.expect("the task").expect("publish");
    }
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    let mut taken = HashSet::new();
    for _ in 0..500 {
        taken.insert(take_id(&mut consumer).await);
    }
    assert_eq!(taken.len(), 500);
}

pub async fn what_is_acknowledged_does_not_come_back(bus: Arc<dyn Bus>) {
    publish(&bus, request("a")).await;
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    let delivery = take(&mut consumer).await;
    assert!(!delivery.redelivered);
    delivery.done();
    // What is not acknowledged would come back when its consumer leaves.
    drop(consumer);
    publish(&bus, request("b")).await;
    let mut consumer = self::consumer(&bus, Queue::Scheduler).await;
    assert_eq!(take_id(&mut consumer).await, id_of(&request("b")));
}

pub async fn what_is_dropped_comes_back_and_says_so(bus: Arc<dyn Bus>) {
    publish(&bus, request("a")).await;
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    drop(take(&mut consumer).await);
    let again = take(&mut consumer).await;
    assert_eq!(id_of(&again.message), id_of(&request("a")));
    assert!(again.redelivered);
    again.retry();
    let again = take(&mut consumer).await;
    assert_eq!(id_of(&again.message), id_of(&request("a")));
    assert!(again.redelivered);
    again.done();
}

pub async fn what_is_given_back_holds_up_nothing_else(bus: Arc<dyn Bus>) {
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    publish(&bus, request("a")).await;
    let first = take(&mut consumer).await;
    publish(&bus, request("b")).await;
    first.retry();
    let mut taken = HashSet::new();
    while taken.len() < 2 {
        let delivery = take(&mut consumer).await;
        taken.insert(id_of(&delivery.message));
        // The first fails until the other has come.
        if taken.len() < 2 && id_of(&delivery.message) == id_of(&request("a")) {
            delivery.retry()
        } else {
            delivery.done()
        }
    }
}

pub async fn a_consumer_that_leaves_gives_back_what_it_holds(bus: Arc<dyn Bus>) {
    let sent = publish_requests(&bus, 10).await;
    let mut leaving = consumer(&bus, Queue::Scheduler).await;
    let held = take(&mut leaving).await;
    drop(leaving);
    drop(held);
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    let mut taken = HashSet::new();
    for _ in 0..10 {
        taken.insert(take_id(&mut consumer).await);
    }
    assert_eq!(taken, sent);
}

pub async fn waiting_for_a_message_can_be_broken_off(bus: Arc<dyn Bus>) {
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    let mut listener = listener(&bus, &[Exchange::Execution]).await;
    let sent = publish_requests(&bus, 50).await;
    let (mut taken, mut heard) = (HashSet::new(), HashSet::new());
    // Whatever is ready first breaks the other off.
    while taken.len() < sent.len() || heard.len() < sent.len() {
        soon(async {
            tokio::select! {
                delivery = consumer.next() => {
                    let delivery = delivery.expect("a delivery");
                    taken.insert(id_of(&delivery.message));
                    delivery.done();
                }
                heard_now = listener.next() => match heard_now {
                    Some(Heard::Message(message)) => drop(heard.insert(id_of(&message))),
                    other => panic!("expected a message, heard {other:?}"),
                },
            }
        })
        .await;
    }
    assert_eq!((&taken, &heard), (&sent, &sent));
}

pub async fn a_message_that_always_fails_is_set_aside(bus: Arc<dyn Bus>) {
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    publish(&bus, request("poison")).await;
    for _ in 0..bus.delivery_limit() {
        let delivery = take(&mut consumer).await;
        assert_eq!(id_of(&delivery.message), id_of(&request("poison")));
        delivery.retry();
    }
    publish(&bus, request("good")).await;
    let delivery = take(&mut consumer).await;
    assert_eq!(id_of(&delivery.message), id_of(&request("good")), "the poison came again");
    delivery.done();
    // Also not to somebody else, later.
    drop(consumer);
    publish(&bus, request("better")).await;
    let mut consumer = self::consumer(&bus, Queue::Scheduler).await;
    assert_eq!(take_id(&mut consumer).await, id_of(&request("better")));
}

pub async fn waiting_messages_are_counted(bus: Arc<dyn Bus>) {
    assert_eq!(soon(bus.waiting(Queue::Scheduler)).await.expect("waiting"), 0);
    publish_requests(&bus, 3).await;
    count_reaches(&bus, 3).await;
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    for _ in 0..3 {
        take(&mut consumer).await.done();
    }
    count_reaches(&bus, 0).await;
}

/// A broker may count a moment later.
async fn count_reaches(bus: &Arc<dyn Bus>, count: usize) {
    soon(async {
        while bus.waiting(Queue::Scheduler).await.expect("waiting") != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

pub async fn listeners_hear_everything_from_now_on(bus: Arc<dyn Bus>) {
    publish(&bus, request("before")).await;
    let mut one = listener(&bus, &[Exchange::Execution]).await;
    let mut other = listener(&bus, &[Exchange::Execution]).await;
    let sent = publish_requests(&bus, 20).await;
    for listener in [&mut one, &mut other] {
        let mut heard = HashSet::new();
        for _ in 0..20 {
            heard.insert(id_of(&hear(listener).await));
        }
        assert_eq!(heard, sent);
    }
    // What listeners hear, consumers get all the same.
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    for _ in 0..21 {
        take(&mut consumer).await.done();
    }
}

pub async fn a_listener_hears_only_its_exchanges(bus: Arc<dyn Bus>) {
    let mut executions = listener(&bus, &[Exchange::Execution]).await;
    let mut others = listener(&bus, &[Exchange::Announcement, Exchange::Trigger]).await;
    publish(&bus, request("a")).await;
    publish(&bus, announcement(1)).await;
    publish(&bus, Message::Triggers { change: Change::Update, trigger: "p.t".to_owned() }).await;
    publish(&bus, request("b")).await;
    let heard = [hear(&mut executions).await, hear(&mut executions).await];
    assert_eq!(texts(&heard), texts(&[request("a"), request("b")]));
    let heard = [hear(&mut others).await, hear(&mut others).await];
    let expected = [announcement(1), Message::Triggers { change: Change::Update, trigger: "p.t".to_owned() }];
    assert_eq!(texts(&heard), texts(&expected));
}

pub async fn a_listener_that_falls_behind_is_told(bus: Arc<dyn Bus>) {
    const COUNT: usize = 6_000;
    let mut slow = listener(&bus, &[Exchange::Announcement]).await;
    let mut quick = listener(&bus, &[Exchange::Announcement]).await;
    let publishing = Arc::clone(&bus);
    let publisher = tokio::spawn(async move {
        for number in 0..COUNT {
            publish(&publishing, announcement(number)).await;
        }
    });
    let last = format!("{:?}", announcement(COUNT - 1));
    let mut missed = 0;
    while !is(&soon(quick.next()).await, &last) {}
    publisher.await.expect("published");
    // The other has read all of it, so nothing is under way any more.
    loop {
        let heard = soon(slow.next()).await;
        match &heard {
            Some(Heard::Missed(count)) => missed += count,
            _ if is(&heard, &last) => break,
            Some(Heard::Message(_)) => {}
            None => panic!("the listener ended"),
        }
    }
    assert!(missed > 0, "it heard all {COUNT} although it did not read");
}

fn is(heard: &Option<Heard>, text: &str) -> bool {
    matches!(heard, Some(Heard::Message(message)) if format!("{message:?}") == text)
}

pub async fn a_bus_that_works_is_healthy(bus: Arc<dyn Bus>) {
    publish(&bus, request("a")).await;
    let health = bus.health();
    assert!(health.available, "{health:?}");
}

pub async fn a_closed_bus_ends_what_hangs_on_it(bus: Arc<dyn Bus>) {
    let mut consumer = consumer(&bus, Queue::Scheduler).await;
    let mut listener = listener(&bus, &[Exchange::Execution]).await;
    soon(bus.close()).await;
    assert!(soon(consumer.next()).await.is_none());
    assert!(soon(listener.next()).await.is_none());
    assert!(soon(bus.publish(request("a"))).await.is_err());
    assert!(!bus.health().available);
}
