//! The platform's figures: one server as users start it, a light client on the same cores, one run, one table.
//!
//! `cargo bench -p squall` prints it; words after `--` choose rows (`cargo bench -p squall -- noop items`).
//! docs/benchmarks.md says what each row means and keeps the figures.

#![expect(clippy::print_stdout, reason = "the table is the purpose of this program")]

mod actions;
mod client;
mod events;
mod execution;
mod long_workflow;
mod machine;
mod process;
mod server;
mod statistics;
mod table;
mod workflows;

use std::path::Path;

use anyhow::Result;

use crate::server::Server;
use crate::table::Row;

/// The client has one thread, so that the server keeps the rest of the machine.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |row: &str| chosen.is_empty() || chosen.iter().any(|word| row.contains(word.as_str()));
    let directory = server::directory()?;
    for fact in machine::describe(directory.path())? {
        println!("{fact}");
    }
    println!();
    table::print_head();
    let mut server = Server::start(directory.path(), &server::packs()).await?;
    server.log_in().await?;
    if wanted("noop-throughput") {
        timed(directory.path(), actions::throughput(&server)).await?;
    }
    if wanted("noop-latency") {
        timed(directory.path(), actions::latency(&server)).await?;
    }
    if wanted("events") {
        timed(directory.path(), events::latency(&server)).await?;
    }
    if wanted("workflow-latency") {
        timed(directory.path(), workflows::latency(&server)).await?;
    }
    if wanted("workflow-throughput") {
        timed(directory.path(), workflows::throughput(&server)).await?;
    }
    if wanted("items") {
        timed(directory.path(), workflows::items(&server)).await?;
    }
    let resident = machine::resident_mebibytes(server.process_id()) * 1.048_576;
    server.stop()?;
    if wanted("workflow-long") {
        timed(directory.path(), long_workflow::latency()).await?;
    }
    if wanted("idle") {
        timed(directory.path(), process::idle()).await?;
    }
    if wanted("start") {
        timed(directory.path(), process::start()).await?;
    }
    if wanted("restart") {
        timed(directory.path(), process::restart()).await?;
    }
    println!("{}", process::binary_size()?.line(""));
    println!("\nresident memory after the load: {resident:.0} MB");
    Ok(())
}

/// Takes one row and prints it with what a sync cost right before and right after it: a disk that others share slows down under load.
async fn timed(directory: &Path, row: impl Future<Output = Result<Row>>) -> Result<()> {
    let before = machine::sync_milliseconds(directory)?;
    let row = row.await?;
    let after = machine::sync_milliseconds(directory)?;
    println!("{}", row.line(&format!("{before:.2}, {after:.2} ms")));
    Ok(())
}
