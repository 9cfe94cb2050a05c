//! Plain actions: how many a second, and how long one takes.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::try_join_all;

use crate::execution;
use crate::server::Server;
use crate::statistics::{median, percentile};
use crate::table::Row;

const CLIENTS: usize = 16;
const EXECUTIONS: usize = 12_000;
const ROUNDS: usize = 3;
const ONE_BY_ONE: usize = 300;
const NOOP: &str = r#"{"action": "core.noop"}"#;

pub(crate) async fn throughput(server: &Server) -> Result<Row> {
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        rates.push(run_to_end(server, EXECUTIONS).await?);
    }
    Ok(Row {
        what: "`core.noop` executions accepted over REST and finished, 16 clients",
        aim: "≥ 2,000/s",
        measured: format!("{:.0}/s", median(&rates)),
    })
}

/// Has so many executions run; returns how many a second, from the first request to the end of the last execution.
pub(crate) async fn run_to_end(server: &Server, executions: usize) -> Result<f64> {
    let succeeded = "action=core.noop&status=succeeded";
    let mut observer = server.connect().await?;
    let before = execution::count(&mut observer, succeeded).await?;
    let started = Instant::now();
    let last = try_join_all((0..CLIENTS).map(|_| client(server, executions / CLIENTS))).await?;
    for id in last {
        execution::end(&mut observer, &id, Duration::from_millis(2)).await?;
    }
    let mut elapsed = started.elapsed();
    while execution::count(&mut observer, succeeded).await? < before + (executions / CLIENTS * CLIENTS) as u64 {
        elapsed = started.elapsed();
    }
    Ok(executions as f64 / elapsed.as_secs_f64())
}

/// Posts so many requests, one after the other; returns the last execution's id.
async fn client(server: &Server, executions: usize) -> Result<String> {
    let mut connection = server.connect().await?;
    let mut last = String::new();
    for _ in 0..executions {
        last = execution::request(&mut connection, NOOP).await?;
    }
    Ok(last)
}

pub(crate) async fn latency(server: &Server) -> Result<Row> {
    let mut connection = server.connect().await?;
    execution::one_by_one(&mut connection, NOOP, 20).await?;
    let taken = execution::one_by_one(&mut connection, NOOP, ONE_BY_ONE).await?;
    Ok(Row {
        what: "one `core.noop`, POST to end_timestamp",
        aim: "p50 ≤ 3 ms",
        measured: format!("p50 {:.1} ms, p95 {:.1} ms", median(&taken), percentile(&taken, 0.95)),
    })
}
