//! Runs many schedules and sums up what went wrong, with the shortest example of each kind:
//! `cargo run -p squall-simulation --example hunt -- FIRST COUNT`.
#![expect(clippy::print_stdout, reason = "it is a command")]

use std::collections::BTreeMap;

use squall_simulation::{Options, run};

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<u64>().ok());
    let (first, count) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(1000));
    let start = std::time::Instant::now();
    let mut kinds: BTreeMap<String, (usize, u64, u64, String)> = BTreeMap::new();
    let (mut failed, mut steps) = (0, 0);
    for seed in first..first + count {
        let report = run(seed, Options::default());
        steps += report.steps;
        failed += usize::from(!report.violations.is_empty());
        for violation in report.violations {
            let found = kinds.entry(kind(&violation)).or_insert((0, u64::MAX, 0, String::new()));
            found.0 += 1;
            if report.steps < found.1 {
                *found = (found.0, report.steps, seed, violation);
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{count} schedules, {failed} failed, {:.0} a second, {} steps each",
        count as f64 / seconds,
        steps / count
    );
    let mut sorted: Vec<_> = kinds.into_values().collect();
    sorted.sort_by_key(|found| std::cmp::Reverse(found.0));
    for (times, steps, seed, example) in sorted {
        println!("{times:6} x  seed {seed} ({steps} steps): {example}");
    }
}

/// Returns the violation without ids and numbers.
fn kind(violation: &str) -> String {
    let words = violation
        .split_whitespace()
        .map(|word| if word.chars().any(|letter| letter.is_ascii_digit()) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
