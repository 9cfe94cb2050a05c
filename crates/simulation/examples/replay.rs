//! Replays the schedule of a seed and prints what happened: `cargo run -p squall-simulation --example replay -- SEED [--steps]`.
#![expect(clippy::print_stdout, reason = "it is a command")]

use squall_simulation::{Options, run};

fn main() {
    let seed = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let report = run(seed, Options { keep_journal: true, ..Options::default() });
    // Lines without a time are single steps of tasks.
    let every_step = std::env::args().any(|argument| argument == "--steps");
    for line in report.journal.iter().filter(|line| every_step || line.starts_with('[') || line.starts_with("seed")) {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} steps, {} executions, journal {:016x}",
        report.steps, report.executions, report.journal_hash
    );
    for violation in &report.violations {
        println!("VIOLATION {violation}");
    }
}
