//! How far the life cycle has come, for whoever kills and for the report of a run.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use squall::demo::lifecycle::Observer;

pub(crate) struct Progress {
    started: Instant,
    phase: AtomicUsize,
    story: Mutex<Vec<String>>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), phase: AtomicUsize::new(0), story: Mutex::default() }
    }

    /// Returns the number of the phase that is being played.
    pub(crate) fn current_phase(&self) -> usize {
        self.phase.load(Ordering::SeqCst)
    }

    pub(crate) fn note(&self, what: &str) {
        let line = format!("{:7.2} s  {what}", self.started.elapsed().as_secs_f64());
        self.story.lock().expect("nobody panics while noting").push(line);
    }

    /// Returns everything noted so far, a line each.
    pub(crate) fn story(&self) -> String {
        self.story.lock().expect("nobody panics while noting").join("\n")
    }
}

impl Observer for Progress {
    fn phase(&self, number: usize, title: &str) {
        self.phase.store(number, Ordering::SeqCst);
        self.note(&format!("phase {number}: {title}"));
    }

    fn checked(&self, what: &str) {
        self.note(&format!("  holds: {what}"));
    }
}
