//! A database of its own for each test.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use squall_store::Store;
use squall_store_mongodb::{Options, open};

const VARIABLE: &str = "SQUALL_TEST_MONGODB_URL";

/// Returns the address of the server; none, said once and loudly, when there is none.
pub(crate) fn server() -> Option<String> {
    static SAID: Once = Once::new();
    let url = std::env::var(VARIABLE).ok();
    if url.is_none() {
        // Straight to the descriptor: the test harness keeps what tests print.
        SAID.call_once(|| {
            let line = format!("\nNOT RUN: the tests of store-mongodb need {VARIABLE}; see tests/lanes/mongodb\n");
            let _unheard = std::io::stderr().write_all(line.as_bytes());
        });
    }
    url
}

/// Returns how to open a database that no other test uses.
pub(crate) fn options(url: &str) -> Options {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    Options { url: url.to_owned(), database: Some(format!("squall_test_{}_{number}", std::process::id())) }
}

/// Returns an empty store; none when there is no server.
pub(crate) async fn store() -> Option<Store> {
    let url = server()?;
    Some(open(&options(&url)).await.expect("open the store"))
}
