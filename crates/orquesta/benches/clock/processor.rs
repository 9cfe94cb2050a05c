//! The time that this thread has spent on a processor, which other work on the machine does not stretch.

use std::fs;

/// Returns how long this thread has run; the kernel's account is in nanoseconds and brought up to date some hundred times a second.
pub(crate) fn milliseconds() -> f64 {
    let account = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    account.split(' ').next().and_then(|spent| spent.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}
