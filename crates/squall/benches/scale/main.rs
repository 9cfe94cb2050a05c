//! What a second process of a role brings and costs: platforms of many processes over the lanes' broker and database.
//!
//! `tests/lanes/mongodb run tests/lanes/rabbitmq run cargo bench -p squall --bench scale`; words after `--` choose rows (`runners`,
//! `executions`, `events`, `workflows`). Platforms with one and with two take turns, each on a database of its own; the best of each
//! counts, because other work on the machine only ever slows down. Nothing is asserted.

#![expect(clippy::print_stdout, reason = "the table is the purpose of this program")]

#[path = "../platform/client.rs"]
mod client;
#[expect(dead_code, reason = "of the other benchmark, which has more to ask")]
#[path = "../platform/execution.rs"]
mod execution;
#[expect(dead_code, reason = "of the other benchmark, which has more to ask")]
#[path = "../platform/machine.rs"]
mod machine;
#[path = "../platform/statistics.rs"]
mod statistics;
#[path = "../../tests/support/mod.rs"]
mod support;

mod backlog;
mod load;
mod platform;

use anyhow::Result;

use crate::load::Kind;
use crate::support::lanes::Lanes;

const ROUNDS: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |row: &str| chosen.is_empty() || chosen.iter().any(|word| row.contains(word.as_str()));
    let Some(lanes) = Lanes::from_environment() else {
        println!(
            "NOT MEASURED: `tests/lanes/mongodb run tests/lanes/rabbitmq run cargo bench -p squall --bench scale`"
        );
        return Ok(());
    };
    for fact in machine::describe(&std::env::temp_dir())? {
        println!("{fact}");
    }
    println!("\n| what | one | two | two / one | aim |\n|---|---|---|---|---|");
    if wanted("runners") {
        let [mut one, mut two] = [f64::MAX; 2];
        for _ in 0..ROUNDS {
            one = one.min(backlog::seconds(&lanes, 1).await?);
            two = two.min(backlog::seconds(&lanes, 2).await?);
        }
        println!("| {} | {one:.1} s | {two:.1} s | {:.2} | ≤ 0.6 |", backlog::WHAT, two / one);
    }
    for kind in Kind::ALL.into_iter().filter(|kind| wanted(kind.name())) {
        let [mut one, mut two] = [0_f64; 2];
        for _ in 0..ROUNDS {
            one = one.max(load::rate(&lanes, kind, 1).await?);
            two = two.max(load::rate(&lanes, kind, 2).await?);
        }
        println!("| {}, every role | {one:.0}/s | {two:.0}/s | {:.2} | ≥ 0.9 |", kind.what(), two / one);
    }
    Ok(())
}
