//! One process per role over the lanes' broker and database: what works in one process works there, and moves there and back.
//!
//! `tests/lanes/mongodb run tests/lanes/rabbitmq run cargo test -p squall --test distributed`.

#[path = "../support/mod.rs"]
mod support;

mod inquiries;
mod moving;

use std::path::Path;

use crate::support::fleet::Fleet;
use crate::support::lanes::Lanes;

/// What a test needs to have work done.
const ONE_OF_EACH: [(&str, usize); 7] =
    [("api", 1), ("rules", 1), ("scheduler", 1), ("workflow", 1), ("actionrunner", 1), ("timers", 1), ("notifier", 1)];

/// Starts a platform on a database of this name.
fn start(directory: &Path, lanes: &Lanes, name: &str) -> Fleet {
    let mut fleet = Fleet::distributed(directory, &ONE_OF_EACH, &lanes.database(name), &lanes.bus, name);
    fleet.start();
    fleet
}

/// Returns a name that no other run uses.
fn name(purpose: &str) -> String {
    format!("squall_{purpose}_{}", std::process::id())
}
