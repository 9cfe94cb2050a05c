//! A hook at the start of a process, for tests that let the server die there.

use std::sync::OnceLock;

static PROBE: OnceLock<fn(&'static str)> = OnceLock::new();

/// Calls `probe` with `spawn.before` and `spawn.after` around every start from now on; the first probe stays.
pub fn set_probe(probe: fn(&'static str)) {
    PROBE.get_or_init(|| probe);
}

pub(crate) fn reach(point: &'static str) {
    if let Some(probe) = PROBE.get() {
        probe(point);
    }
}
