//! A limit on failed logins, per user and address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use parking_lot::Mutex;
use squall_model::Timestamp;

const FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
const CAPACITY: usize = 10_000;

struct Failures {
    since: Timestamp,
    count: u32,
}

#[derive(Default)]
pub(crate) struct LoginLimiter {
    failures: Mutex<HashMap<(String, IpAddr), Failures>>,
}

impl LoginLimiter {
    /// Tells whether another attempt is allowed.
    pub(crate) fn allows(&self, user: &str, peer: IpAddr, now: Timestamp) -> bool {
        let failures = self.failures.lock();
        let key = (user.to_owned(), peer);
        failures.get(&key).is_none_or(|entry| entry.count < FAILURES || now.since(entry.since) >= WINDOW)
    }

    pub(crate) fn failed(&self, user: &str, peer: IpAddr, now: Timestamp) {
        let mut failures = self.failures.lock();
        if failures.len() >= CAPACITY {
            failures.retain(|_, entry| now.since(entry.since) < WINDOW);
        }
        let entry = failures.entry((user.to_owned(), peer)).or_insert(Failures { since: now, count: 0 });
        if now.since(entry.since) >= WINDOW {
            *entry = Failures { since: now, count: 0 };
        }
        entry.count += 1;
    }

    pub(crate) fn succeeded(&self, user: &str, peer: IpAddr) {
        self.failures.lock().remove(&(user.to_owned(), peer));
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn ten_failures_in_a_minute_are_enough() {
        let limiter = LoginLimiter::default();
        let (peer, other) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::BROADCAST));
        let start = Timestamp::from_micros(0);
        for _ in 0..FAILURES {
            assert!(limiter.allows("eve", peer, start));
            limiter.failed("eve", peer, start);
        }
        assert!(!limiter.allows("eve", peer, start));
        assert!(limiter.allows("eve", other, start));
        assert!(limiter.allows("bob", peer, start));
        assert!(limiter.allows("eve", peer, start.after(WINDOW)));
        limiter.succeeded("eve", peer);
        assert!(limiter.allows("eve", peer, start));
    }
}
