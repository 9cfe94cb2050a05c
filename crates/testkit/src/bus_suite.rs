//! The conformance suite of the bus port: a behaviour that is not here is not part of the port.
//!
//! Each case takes a fresh bus that nobody else uses. An adapter stamps them into its tests with [`crate::bus_suite!`]. An
//! adapter that leaves parts of messages to the store finds the originals of [`samples`] in [`SampleOriginals`].
//!
//! Order is not part of the port: a case that expects several messages takes them as they come.

mod cases;
mod samples;

pub use cases::*;
pub use samples::{SECRET, SampleOriginals, samples};

/// Stamps the suite: `bus_suite!(async { Some(a fresh Arc<dyn Bus>) })`; where there is none, nothing is tested, and whoever
/// says so says it loudly.
#[macro_export]
macro_rules! bus_suite {
    ($fresh:expr) => {
        $crate::bus_suite!(@cases $fresh;
            every_kind_of_message_arrives_unchanged
            a_message_reaches_the_queues_that_want_it_and_no_other
            each_message_goes_to_one_of_many_consumers
            many_can_publish_at_a_time
            what_is_acknowledged_does_not_come_back
            what_is_dropped_comes_back_and_says_so
            what_is_given_back_holds_up_nothing_else
            a_consumer_that_leaves_gives_back_what_it_holds
            waiting_for_a_message_can_be_broken_off
            a_message_that_always_fails_is_set_aside
            waiting_messages_are_counted
            listeners_hear_everything_from_now_on
            a_listener_hears_only_its_exchanges
            a_listener_that_falls_behind_is_told
            a_bus_that_works_is_healthy
            a_closed_bus_ends_what_hangs_on_it
        );
    };
    (@cases $fresh:expr; $($case:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            if let Some(bus) = $fresh.await {
                $crate::bus_suite::$case(bus).await;
            }
        })*
    };
}
