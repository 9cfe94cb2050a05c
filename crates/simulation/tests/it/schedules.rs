//! Many schedules, and the same schedule twice.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use squall_simulation::{Options, Report, run};

/// How many schedules the gate runs; `SQUALL_SIM_SCHEDULES` says otherwise.
const SCHEDULES: u64 = 100_000;
/// So many failures say enough.
const ENOUGH: usize = 10;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.trim().parse().ok()
}

/// Runs the schedules of these seeds on all processors and returns the first that went wrong.
fn hunt(first: u64, count: u64) -> Vec<Report> {
    let (next, failed) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count || failed.lock().expect("no panic while checking").len() >= ENOUGH {
                        return;
                    }
                    let report = run(seed, Options::default());
                    if !report.violations.is_empty() {
                        failed.lock().expect("no panic while checking").push(report);
                    }
                }
            });
        }
    });
    failed.into_inner().expect("no panic while checking")
}

#[test]
fn no_schedule_loses_repeats_or_stops_anything() {
    let (first, count) = match number("SQUALL_SIM_SEED") {
        Some(seed) => (seed, 1),
        None => (number("SQUALL_SIM_FIRST").unwrap_or(0), number("SQUALL_SIM_SCHEDULES").unwrap_or(SCHEDULES)),
    };
    let failed = hunt(first, count);
    let texts: Vec<String> = failed
        .iter()
        .map(|report| {
            let seed = report.seed;
            format!(
                "seed {seed}: {:#?}\n  replay it: cargo run -p squall-simulation --example replay -- {seed}",
                report.violations
            )
        })
        .collect();
    assert!(failed.is_empty(), "{}", texts.join("\n"));
}

#[test]
fn a_seed_is_one_schedule() {
    for seed in 0..50 {
        let (first, second) = (run(seed, Options::default()), run(seed, Options::default()));
        assert_eq!(first, second);
        let elsewhere = std::thread::spawn(move || run(seed, Options::default())).join().unwrap();
        assert_eq!(first, elsewhere);
    }
    assert_ne!(run(1, Options::default()).journal_hash, run(2, Options::default()).journal_hash);
}
