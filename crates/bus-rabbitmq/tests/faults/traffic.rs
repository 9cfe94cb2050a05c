//! Messages that flow while something fails, and the account of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use squall_bus::{Bus, Change, Heard, Message, Queue};
use squall_model::Timestamp;
use squall_testkit::{eventually, execution};

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

pub(crate) fn request(word: &str) -> Message {
    Message::Execution { change: Change::Create, execution: Arc::new(execution(word, NOW)) }
}

/// What was published and what came.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) refused: usize,
    pub(crate) acknowledged: HashSet<String>,
    pub(crate) taken: HashMap<String, usize>,
}

/// How long messages may take to flow again.
const FLOWS_WITHIN: Duration = Duration::from_secs(20);

impl Account {
    /// Everything that was acknowledged came at least once; returns the account in words.
    pub(crate) fn settle(&self, fault: &str) -> String {
        let lost: Vec<_> = self.acknowledged.iter().filter(|subject| !self.taken.contains_key(*subject)).collect();
        assert!(lost.is_empty(), "{fault}: lost {lost:?}");
        let (acknowledged, refused, taken) = (self.acknowledged.len(), self.refused, self.taken.len());
        let again = self.taken.values().filter(|count| **count > 1).count();
        format!(
            "{fault}: acknowledged {acknowledged}, refused {refused}, taken {taken}, more than once {again}, lost 0"
        )
    }
}

/// Publishes and consumes all the time while `fault` runs, and until everything that was acknowledged has come.
pub(crate) async fn through(bus: &Arc<dyn Bus>, consuming: &Arc<dyn Bus>, fault: impl Future<Output = ()>) -> Account {
    let account = Arc::new(tokio::sync::Mutex::new(Account::default()));
    let consumer = tokio::spawn(consume(Arc::clone(consuming), Arc::clone(&account)));
    let publishers: Vec<_> =
        (0..4).map(|number| tokio::spawn(publish(Arc::clone(bus), number, Arc::clone(&account)))).collect();
    let reaches = async |count| {
        let flowing = async {
            while account.lock().await.taken.len() < count {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(FLOWS_WITHIN, flowing).await.is_err() {
            let account = account.lock().await;
            let (acknowledged, refused, taken) = (account.acknowledged.len(), account.refused, account.taken.len());
            let health = (bus.health(), consuming.health());
            panic!("nothing flows: acknowledged {acknowledged}, refused {refused}, taken {taken}, health {health:?}");
        }
    };
    reaches(50).await;
    fault.await;
    let before = account.lock().await.taken.len();
    reaches(before + 50).await;
    for publisher in publishers {
        publisher.abort();
    }
    let complete = async || {
        let account = account.lock().await;
        account.acknowledged.iter().all(|subject| account.taken.contains_key(subject)).then_some(())
    };
    // Who is lost is told by name.
    let _lost = tokio::time::timeout(Duration::from_secs(20), eventually("all have come", complete)).await;
    consumer.abort();
    let mut account = account.lock().await;
    std::mem::take(&mut *account)
}

async fn publish(bus: Arc<dyn Bus>, publisher: usize, account: Arc<tokio::sync::Mutex<Account>>) {
    for number in 0_u64.. {
        let message = request(&format!("{publisher}-{number}"));
        let subject = message.subject();
        match bus.publish(message).await {
            Ok(()) => drop(account.lock().await.acknowledged.insert(subject)),
            Err(_) => account.lock().await.refused += 1,
        }
        tokio::task::yield_now().await;
    }
}

async fn consume(bus: Arc<dyn Bus>, account: Arc<tokio::sync::Mutex<Account>>) {
    let mut consumer = bus.consume(Queue::Scheduler).await.expect("consume");
    while let Some(delivery) = consumer.next().await {
        *account.lock().await.taken.entry(delivery.message.subject()).or_default() += 1;
        delivery.done();
    }
}

/// Listens until it is told that something may have been missed, and then hears again.
pub(crate) async fn told_of_a_gap(listener: &mut Box<dyn squall_bus::Listener>) {
    let told = async {
        while !matches!(listener.next().await.expect("the listener goes on"), Heard::Missed(_)) {}
        while !matches!(listener.next().await.expect("the listener goes on"), Heard::Message(_)) {}
    };
    tokio::time::timeout(Duration::from_secs(60), told).await.expect("the listener is told of the gap");
}
