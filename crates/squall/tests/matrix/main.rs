//! The fault matrix: a load, a fault, an account. `cargo test` plays each row for seconds; `cargo xtask faults --minutes N` for long.
//!
//! Every random choice comes from one seed, which is printed; `--seed` plays it again.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints its report")]

#[path = "../support/mod.rs"]
mod support;

mod account;
mod adversary;
mod journal;
mod lanes;
mod load;
mod power;
mod proxy;
mod rows;
mod scene;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::lanes::Lanes;
use crate::rows::{Row, TABLE};
use crate::scene::Scene;
use crate::support::fleet;

/// How long each row makes faults when nothing else is said.
const SECONDS_A_ROW: u64 = 10;

struct Arguments {
    budget: Duration,
    seed: u64,
    rows: Vec<String>,
}

impl Arguments {
    /// Returns the rows that were asked for: all when none is named.
    fn chosen(&self) -> impl Iterator<Item = &'static Row> {
        TABLE.iter().filter(|row| self.rows.is_empty() || self.rows.iter().any(|name| name == row.name))
    }
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(mistake) => {
            eprintln!("{mistake}\nusage: [--minutes N] [--seed N] [--rows K1,K3]");
            return ExitCode::from(2);
        }
    };
    let lanes = Lanes::from_environment();
    println!("fault matrix: seed {}, {} s of faults a row", arguments.seed, arguments.budget.as_secs());
    println!("{HEADINGS}");
    // What one process bears and what many bear is played side by side: both wait more than they work.
    let (distributed, embedded): (Vec<&Row>, Vec<&Row>) = arguments.chosen().partition(|row| row.is_distributed);
    let tally = std::thread::scope(|scope| {
        let beside = scope.spawn(|| play_all(&embedded, &arguments, lanes.as_ref()));
        let tally = play_all(&distributed, &arguments, lanes.as_ref());
        tally.and(beside.join().expect("a row panicked"))
    });
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed == 0 && tally.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    const fn and(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// Plays one row after the other.
fn play_all(rows: &[&Row], arguments: &Arguments, lanes: Option<&Lanes>) -> Tally {
    let mut tally = Tally::default();
    for row in rows {
        if row.is_distributed && lanes.is_none() {
            println!(
                "{:<4} {}: NOT PLAYED, SQUALL_TEST_MONGODB_URL and SQUALL_TEST_AMQP_URL are not set",
                row.name, row.title
            );
            continue;
        }
        match play(row, arguments, lanes.cloned()) {
            Verdict::Holds => tally.passed += 1,
            Verdict::Fails => tally.failed += 1,
            Verdict::NotPlayed => {}
        }
    }
    tally
}

enum Verdict {
    Holds,
    Fails,
    NotPlayed,
}

fn play(row: &Row, arguments: &Arguments, lanes: Option<Lanes>) -> Verdict {
    let started = Instant::now();
    let mut scene = Scene::new(arguments.seed, arguments.budget, lanes);
    let account = (row.play)(&mut scene);
    if let Some(reason) = &account.not_played {
        println!("{:<4} {}: NOT PLAYED, {reason}", row.name, row.title);
        return Verdict::NotPlayed;
    }
    println!("{}", line(row, &account, started.elapsed()));
    let lists = [
        ("lost", &account.lost),
        ("duplicated", &account.duplicated),
        ("stuck", &account.stuck),
        ("note", &account.remarks),
    ];
    for (what, list) in lists {
        for one in list {
            println!("     {what}: {one}");
        }
    }
    if account.holds() { Verdict::Holds } else { Verdict::Fails }
}

const HEADINGS: &str =
    "row   faults attempted acknowledged finished lost duplicated stuck abandoned repeated recovered  time  what";

fn line(row: &Row, account: &Account, took: Duration) -> String {
    format!(
        "{:<5} {:>6} {:>9} {:>12} {:>8} {:>4} {:>10} {:>5} {:>9} {:>8} {:>7.1} s {:>3} s  {}",
        row.name,
        account.faults,
        account.attempted,
        account.acknowledged,
        account.finished,
        account.lost.len(),
        account.duplicated.len(),
        account.stuck.len(),
        account.abandoned,
        account.repeated,
        account.recovered.as_secs_f64(),
        took.as_secs(),
        row.title,
    )
}

fn arguments() -> Result<Arguments, String> {
    let mut found =
        Arguments { budget: Duration::from_secs(SECONDS_A_ROW), seed: support::dice::fresh_seed(), rows: Vec::new() };
    let mut minutes = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
        match word.as_str() {
            "--minutes" => minutes = Some(number(value()?)?),
            "--seed" => found.seed = number(value()?)?,
            "--rows" => found.rows = value()?.split(',').map(str::to_owned).collect(),
            // What `cargo test` says to every test program.
            "--nocapture" | "--quiet" | "-q" => {}
            other => return Err(format!("unknown argument {other}")),
        }
    }
    for name in &found.rows {
        if !TABLE.iter().any(|row| row.name == name) {
            return Err(format!(
                "unknown row {name}; there are {}",
                TABLE.iter().map(|row| row.name).collect::<Vec<_>>().join(", ")
            ));
        }
    }
    if let Some(minutes) = minutes {
        let distributed = found.chosen().filter(|row| row.is_distributed).count();
        let one_after_the_other = distributed.max(found.chosen().count() - distributed).max(1);
        found.budget = Duration::from_secs(minutes * 60 / u64::try_from(one_after_the_other).unwrap_or(1));
    }
    Ok(found)
}
