//! The platform's figures: one server as users start it, a light client on the same cores, one run, one table.
//!
//! `cargo bench -p squall` prints it; words after `--` choose rows (`cargo bench -p squall -- noop items`).
//! docs/benchmarks.md says what each row means and keeps the figures.

#![expect(clippy::print_stdout, reason = "the table is the purpose of this program")]

mod actions;
mod client;
mod events;
mod execution;
mod machine;
mod process;
mod server;
mod statistics;
mod table;
mod workflows;

use anyhow::Result;

use crate::server::Server;

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
        actions::throughput(&server).await?.print();
    }
    if wanted("noop-latency") {
        actions::latency(&server).await?.print();
    }
    if wanted("events") {
        events::latency(&server).await?.print();
    }
    if wanted("workflow-latency") {
        workflows::latency(&server).await?.print();
    }
    if wanted("workflow-throughput") {
        workflows::throughput(&server).await?.print();
    }
    if wanted("items") {
        workflows::items(&server).await?.print();
    }
    let resident = machine::resident_mebibytes(server.process_id()) * 1.048_576;
    server.stop()?;
    if wanted("idle") {
        process::idle().await?.print();
    }
    if wanted("start") {
        process::start().await?.print();
    }
    process::binary_size()?.print();
    println!("\nresident memory after the load: {resident:.0} MB");
    Ok(())
}
