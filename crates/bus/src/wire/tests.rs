use std::collections::HashSet;

use serde_json::json;
use squall_model::Status;
use squall_testkit::bus_suite::{SECRET, SampleOriginals, samples};

use super::*;

fn through(message: &Message) -> Received {
    let body = encode(message).expect("encode");
    decode(message.exchange(), message.routing_key(), &body).expect("decode")
}

fn body(message: &Message) -> Value {
    serde_json::from_slice(&encode(message).expect("encode")).expect("JSON")
}

/// The samples of one exchange. They are made by the test kit's own build of this crate, hence the way by bytes.
fn received() -> Vec<Message> {
    let from_kit = |message: &squall_testkit_bus::Message| {
        let body = squall_testkit_bus::wire::encode(message).expect("encode");
        (message.exchange().name(), message.routing_key().to_owned(), body)
    };
    samples().iter().map(from_kit).map(|_| unreachable!()).collect()
}
