//! Watches what one input costs: a panic, more than two seconds of the processor (instrumented, and most inputs are evaluated
//! twice; they stand for 250 ms), or more than 64 MB of memory ends the program, which is what libFuzzer takes for a finding.

use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::{self, AssertUnwindSafe};
use std::process::abort;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use squall_fuzzing::Entry;

const MOST_TIME: Duration = Duration::from_secs(2);
const MOST_MEMORY: usize = 64 << 20;

static ENTRY: OnceLock<Entry> = OnceLock::new();

/// Says which language is fuzzed. Panics are told, and end the program only where nobody catches them.
pub fn begin(name: &str) {
    ENTRY.get_or_init(|| squall_fuzzing::entry(name).expect("every target has an entry"));
    panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
}

/// Takes one input.
pub fn watch(data: &[u8]) {
    let entry = ENTRY.get().expect("`begin` came first");
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let began = spent();
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| entry(data)));
    let (time, memory) = (spent().saturating_sub(began), PEAK.load(Relaxed).saturating_sub(before));
    if outcome.is_err() {
        eprintln!("it panicked");
        abort();
    }
    if time > MOST_TIME || memory > MOST_MEMORY {
        eprintln!("it took {time:?} and {} kB", memory >> 10);
        abort();
    }
}

/// How long this thread has run on a processor, which other work on the machine does not stretch.
fn spent() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted.
struct Counted;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

// SAFETY: everything is the system allocator's work.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(LIVE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
