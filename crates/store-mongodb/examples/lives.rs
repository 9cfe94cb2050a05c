//! How many executions' lives a server takes a second: created, scheduled, running, ended, each a commit of its own.
//!
//! `tests/lanes/mongodb run cargo run --release -p squall-store-mongodb --example lives`
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::sync::Arc;
use std::time::Instant;

use squall_model::{Id, Status, Timestamp};
use squall_store::{Patch, Result, Store, Write, transition};
use squall_store_mongodb::{Options, open};
use squall_testkit::execution;

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
const COMMITS: usize = 4;

async fn live(store: &Store, word: String) -> Result<()> {
    let mut known = Arc::new(execution(&word, NOW));
    store.batch.commit(vec![Write::CreateExecution(Arc::clone(&known))]).await?;
    let owner = Some(Id::derived(&["owner"]));
    for (status, patch) in [
        (Status::Scheduled, Patch::default()),
        (Status::Running, Patch { owner, ..Patch::default() }),
        (Status::Succeeded, Patch::result(&serde_json::json!({"stdout": "x", "succeeded": true}))),
    ] {
        match transition(store, known, status, NOW, patch, Vec::new()).await?.moved() {
            Some(moved) => known = moved,
            None => return Ok(()),
        }
    }
    Ok(())
}

async fn measure(store: &Store, name: &str, lives: usize, side_by_side: usize) -> Result<()> {
    let began = Instant::now();
    let tasks: Vec<_> = (0..side_by_side)
        .map(|lane| {
            let (store, word) = (store.clone(), format!("{name}-{lane}"));
            tokio::spawn(async move {
                for number in 0..lives / side_by_side {
                    live(&store, format!("{word}-{number}")).await?;
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap_or_else(|error| panic!("{error}"))?;
    }
    let rate = (lives * COMMITS) as f64 / began.elapsed().as_secs_f64();
    println!("{side_by_side:>3} side by side: {rate:>6.0} commits/s, {:>5.0} lives/s", rate / COMMITS as f64);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let Ok(url) = std::env::var("SQUALL_TEST_MONGODB_URL") else {
        println!("SQUALL_TEST_MONGODB_URL names no server");
        return Ok(());
    };
    for (lives, side_by_side) in [(100, 1), (400, 16)] {
        // A database of its own: a server that scans is not blamed for what another run left.
        let database = format!("squall_lives_{}_{side_by_side}", std::process::id());
        let store = open(&Options { url: url.clone(), database: Some(database) }).await?;
        measure(&store, "life", lives, side_by_side).await?;
    }
    Ok(())
}
