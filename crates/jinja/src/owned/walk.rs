//! How many items one evaluation may still visit. An object is not told who walks it, and an evaluation never leaves its
//! thread, so the count belongs to the thread.

use std::cell::Cell;

use minijinja::{Error, ErrorKind};

use crate::limits::UNLIMITED;

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(0) };
    static EXHAUSTED: Cell<bool> = const { Cell::new(false) };
}

/// One evaluation; evaluations of the host's functions inside it have their own count.
pub(crate) struct Walk {
    outer: (u64, bool),
}

impl Walk {
    pub(crate) fn begin(visits: u64) -> Self {
        Self { outer: (LEFT.replace(visits), EXHAUSTED.replace(false)) }
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        LEFT.set(self.outer.0);
        EXHAUSTED.set(self.outer.1);
    }
}

/// Counts a visit to a container and its items; returns whether there was room for it.
pub(crate) fn charge(items: usize) -> bool {
    if UNLIMITED {
        return true;
    }
    match LEFT.get().checked_sub(1 + items as u64) {
        Some(left) => {
            LEFT.set(left);
            !EXHAUSTED.get()
        }
        None => {
            exhaust();
            false
        }
    }
}

pub(super) fn exhaust() {
    LEFT.set(0);
    EXHAUSTED.set(true);
}

/// Fails once a walk was refused.
pub(crate) fn check() -> Result<(), Error> {
    if EXHAUSTED.get() { Err(Error::from(ErrorKind::OutOfFuel)) } else { Ok(()) }
}
