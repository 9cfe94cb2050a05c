//! The broker of the test lane, and buses on it that do not meet each other.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use squall_bus::Bus;
use squall_bus_rabbitmq::{BackOff, Options, RabbitBus};
use squall_testkit::bus_suite::SampleOriginals;
use squall_testkit::eventually;

/// Returns the URL of the broker of the lane; without one it says, loudly, that nothing was tested.
pub(crate) fn url() -> Option<String> {
    static SAID: Once = Once::new();
    let url = std::env::var("SQUALL_TEST_AMQP_URL").ok().filter(|url| !url.is_empty());
    if url.is_none() {
        SAID.call_once(|| {
            let text = "\n######## NOT TESTED: no RabbitMQ; use `tests/lanes/rabbitmq run cargo test -p squall-bus-rabbitmq` ########\n";
            // Not a print, which the harness would swallow.
            std::io::stderr().write_all(text.as_bytes()).expect("stderr");
        });
    }
    url
}

/// Options with names of their own and short rests.
pub(crate) fn options(url: &str) -> Options {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Options {
        prefix: format!("test-{}-{number}", std::process::id()),
        retry: BackOff { first: Duration::from_millis(1), longest: Duration::from_millis(20) },
        ..Options::new(url)
    }
}

pub(crate) async fn connected(options: Options) -> RabbitBus {
    let bus = RabbitBus::start(options, Arc::new(SampleOriginals::default())).expect("a valid URL");
    available(&bus).await;
    bus
}

pub(crate) async fn available(bus: &RabbitBus) {
    eventually("the bus is available", async || bus.health().available.then_some(())).await;
}
