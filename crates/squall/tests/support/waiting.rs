//! Waiting for what the platform does in its own time: no fixed sleeps, a generous limit, and a message that says what was last seen.

use std::time::{Duration, Instant};

/// Slow machines under load need long; a test that passes never waits that long.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(30);

/// Looks until `look` says `Ok`; its `Err` is what was seen instead.
pub(crate) fn eventually<T, Seen: std::fmt::Display>(what: &str, mut look: impl FnMut() -> Result<T, Seen>) -> T {
    let started = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if started.elapsed() > LIMIT => panic!("waited {LIMIT:?} for {what}; last seen: {seen}"),
            Err(_) => std::thread::sleep(BETWEEN_LOOKS),
        }
    }
}
