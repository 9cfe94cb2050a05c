//! The broker restarts, is killed, runs out of memory, or is not there yet.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use squall_bus::{Bus, Error, Exchange, Queue};
use squall_bus_rabbitmq::RabbitBus;
use squall_testkit::bus_suite::SampleOriginals;
use squall_testkit::eventually;

use crate::TURN;
use crate::support;
use crate::traffic::{request, through, told_of_a_gap};

/// Calls the script of the lane, which knows the broker.
async fn lane(arguments: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/lanes/rabbitmq");
    let directory = std::env::var("SQUALL_TEST_RABBITMQ_DIRECTORY").expect("the lane names its directory");
    let mut command = Command::new(script);
    command.arg(arguments[0]).arg(directory).args(&arguments[1..]);
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("the task").expect("the script");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn red(bus: &Arc<dyn Bus>) {
    eventually("health turns red", async || (!bus.health().available).then_some(())).await;
}

async fn green(bus: &Arc<dyn Bus>) {
    eventually("health turns green", async || bus.health().available.then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_broker_restarts() {
    let Some(url) = support::url() else { return };
    let _turn = TURN.lock().await;
    let bus: Arc<dyn Bus> = Arc::new(support::connected(support::options(&url)).await);
    let mut listener = bus.listen(&[Exchange::Execution]).await.expect("listen");
    let restarts = async {
        for _ in 0..3 {
            lane(&["ctl", "stop_app"]).await;
            red(&bus).await;
            lane(&["ctl", "start_app"]).await;
            green(&bus).await;
        }
    };
    let fault = async {
        let ((), ()) = tokio::join!(restarts, told_of_a_gap(&mut listener));
    };
    let account = through(&bus, &bus, fault).await;
    println!("{}", account.settle("three restarts"));
    assert!(account.refused > 0, "nobody noticed the restarts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_broker_is_killed() {
    let Some(url) = support::url() else { return };
    let _turn = TURN.lock().await;
    let bus: Arc<dyn Bus> = Arc::new(support::connected(support::options(&url)).await);
    let account = through(&bus, &bus, async {
        lane(&["kill"]).await;
        red(&bus).await;
        let error = bus.health().last_error.expect("a reason");
        assert!(!error.is_empty());
        lane(&["again"]).await;
        let up = Instant::now();
        green(&bus).await;
        println!("connected {:?} after the broker was up", up.elapsed());
    });
    println!("{}", account.await.settle("a kill"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_without_memory_makes_publishing_unavailable_within_a_second() {
    let Some(url) = support::url() else { return };
    let _turn = TURN.lock().await;
    let bus: Arc<dyn Bus> = Arc::new(support::connected(support::options(&url)).await);
    bus.publish(request("before")).await.expect("publish");
    lane(&["ctl", "set_vm_memory_high_watermark", "0.0001"]).await;
    let mut slowest = Duration::ZERO;
    let refused = async || {
        let began = Instant::now();
        let outcome = bus.publish(request("during")).await;
        slowest = slowest.max(began.elapsed());
        outcome.err()
    };
    let Error::Unavailable(reason) = eventually("publishing is refused", refused).await;
    assert!(reason.contains("takes no messages"), "{reason}");
    assert!(slowest < Duration::from_secs(1), "it took {slowest:?}");
    assert!(!bus.health().available);
    // Work that is there already goes on: it is what frees memory.
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    consumer.next().await.expect("a delivery").done();
    lane(&["ctl", "set_vm_memory_high_watermark", "0.4"]).await;
    eventually("publishing is possible again", async || bus.publish(request("after")).await.ok()).await;
    assert!(bus.health().available);
    println!("the slowest refusal took {slowest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_may_start_before_the_broker() {
    let Some(url) = support::url() else { return };
    let _turn = TURN.lock().await;
    lane(&["ctl", "stop_app"]).await;
    let originals = Arc::new(SampleOriginals::default());
    let bus: Arc<dyn Bus> = Arc::new(RabbitBus::start(support::options(&url), originals).expect("a URL"));
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    let mut listener = bus.listen(&[Exchange::Execution]).await.expect("listen");
    assert!(matches!(bus.publish(request("early")).await, Err(Error::Unavailable(_))));
    assert!(!bus.health().available);
    lane(&["ctl", "start_app"]).await;
    green(&bus).await;
    let publishing = async {
        loop {
            bus.publish(request("a")).await.expect("publish");
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = told_of_a_gap(&mut listener) => {}
        () = publishing => {}
    }
    consumer.next().await.expect("a delivery").done();
}
