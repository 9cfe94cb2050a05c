//! The network between the bus and the broker fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use squall_bus::{Bus, Error, Exchange, Queue};
use squall_bus_rabbitmq::Options;
use squall_testkit::eventually;

use crate::TURN;
use crate::cable::{Cable, Fault, broker_of};
use crate::support;
use crate::traffic::{request, through, told_of_a_gap};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_connections_are_cut() {
    let Some(url) = support::url() else { return };
    let _turn = TURN.lock().await;
    let cable = Cable::to(broker_of(&url)).await;
    let bus: Arc<dyn Bus> = Arc::new(support::connected(support::options(&cable.url(&url))).await);
    let mut listener = bus.listen(&[Exchange::Execution]).await.expect("listen");
    let cuts = async {
        for _ in 0..10 {
            cable.strike(Fault::Cut);
            eventually("health turns red", async || (!bus.health().available).then_some(())).await;
            eventually("health turns green", async || bus.health().available.then_some(())).await;
        }
    };
    // Cuts may come faster than the listener's queue: messages flow until it has heard one.
    let fault = async {
        let ((), ()) = tokio::join!(cuts, told_of_a_gap(&mut listener));
    };
    println!("{}", through(&bus, &bus, fault).await.settle("ten cuts"));
}

/// What the port says of duplicates, seen: a message whose acknowledgement is lost on the way comes again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_settled_before_the_cut_comes_again() {
    let Some(url) = support::url() else { return };
    let _turn = TURN.lock().await;
    let cable = Cable::to(broker_of(&url)).await;
    let bus = support::connected(support::options(&cable.url(&url))).await;
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    bus.publish(request("a")).await.expect("publish");
    let held = consumer.next().await.expect("a delivery");
    assert!(!held.redelivered);
    cable.strike(Fault::Cut);
    let again = consumer.next().await.expect("a delivery");
    assert_eq!(again.message.subject(), held.message.subject());
    assert!(again.redelivered);
    // Too late, and no harm.
    held.done();
    again.done();
    bus.publish(request("b")).await.ok();
    let published = async || bus.publish(request("c")).await.ok();
    eventually("messages flow", published).await;
    loop {
        let delivery = consumer.next().await.expect("a delivery");
        assert_ne!(delivery.message.subject(), request("a").subject(), "it was acknowledged");
        let is_last = delivery.message.subject() == request("c").subject();
        delivery.done();
        if is_last {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_connection_is_noticed_and_replaced() {
    let Some(url) = support::url() else { return };
    let _turn = TURN.lock().await;
    let cable = Cable::to(broker_of(&url)).await;
    let options = Options {
        heartbeat: Duration::from_secs(1),
        confirm_within: Duration::from_millis(500),
        ..support::options(&cable.url(&url))
    };
    let bus = support::connected(options).await;
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    let mut listener = bus.listen(&[Exchange::Execution]).await.expect("listen");
    cable.strike(Fault::Dead);
    let began = Instant::now();
    assert!(matches!(bus.publish(request("into the void")).await, Err(Error::Unavailable(_))));
    println!("a dead connection: the publisher knew after {:?}", began.elapsed());
    // Over another connection, while the listener's is dead.
    let publishing = async {
        loop {
            // Until the new connection is there it is refused.
            bus.publish(request("a")).await.ok();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = told_of_a_gap(&mut listener) => {}
        () = publishing => {}
    }
    println!("a dead connection: the listener knew after {:?}", began.elapsed());
    let delivery = consumer.next().await.expect("a delivery");
    assert_eq!(delivery.message.subject(), request("a").subject());
    delivery.done();
}
