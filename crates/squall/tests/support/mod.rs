//! What the end-to-end tests stand on: the real binary in a directory of its own, the real `st2` client, and plain HTTP.

#![allow(dead_code, reason = "every test binary uses its own part of the harness")]

pub(crate) mod api;
pub(crate) mod collector;
pub(crate) mod dice;
pub(crate) mod fleet;
pub(crate) mod http;
pub(crate) mod lanes;
pub(crate) mod neighbour;
pub(crate) mod processes;
pub(crate) mod server;
pub(crate) mod st2client;
pub(crate) mod waiting;

use std::path::PathBuf;

/// Returns where the data of the end-to-end tests lies: packs and scenarios.
pub(crate) fn test_data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests")
        .canonicalize()
        .expect("the test data is in the repository")
}
