//! Workflows: one, many at a time, and one with many items.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::try_join_all;
use serde_json::json;

use crate::execution;
use crate::server::Server;
use crate::statistics::{median, percentile};
use crate::table::Row;

const SEQUENTIAL: &str = r#"{"action": "bench.sequential"}"#;
const ONE_BY_ONE: usize = 100;
const AT_A_TIME: usize = 50;
const WORKFLOWS: usize = 1500;
const ROUNDS: usize = 3;

pub(crate) async fn latency(server: &Server) -> Result<Row> {
    let mut connection = server.connect().await?;
    execution::one_by_one(&mut connection, SEQUENTIAL, 10).await?;
    let taken = execution::one_by_one(&mut connection, SEQUENTIAL, ONE_BY_ONE).await?;
    Ok(Row {
        what: "Orquesta, 3 sequential noop tasks, POST to end",
        aim: "p50 ≤ 15 ms",
        measured: format!("p50 {:.1} ms, p95 {:.1} ms", median(&taken), percentile(&taken, 0.95)),
    })
}

pub(crate) async fn throughput(server: &Server) -> Result<Row> {
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        rates.push(round(server).await?);
    }
    Ok(Row {
        what: "workflows of 3 noop tasks, 50 at a time",
        aim: "≥ 200/s",
        measured: format!("{:.0}/s", median(&rates)),
    })
}

/// Keeps so many workflows going, and returns how many end in a second.
async fn round(server: &Server) -> Result<f64> {
    let mut connections = Vec::new();
    for _ in 0..AT_A_TIME {
        connections.push(server.connect().await?);
    }
    let mut observer = server.connect().await?;
    let succeeded = "action=bench.sequential&status=succeeded";
    let before = execution::count(&mut observer, succeeded).await? as usize;
    let (started, mut requested, mut ended) = (Instant::now(), 0, 0);
    while ended < WORKFLOWS {
        let wanted = (AT_A_TIME - (requested - ended)).min(WORKFLOWS - requested);
        let requests = connections.iter_mut().take(wanted);
        try_join_all(requests.map(|connection| execution::request(connection, SEQUENTIAL))).await?;
        requested += wanted;
        tokio::time::sleep(Duration::from_millis(10)).await;
        ended = execution::count(&mut observer, succeeded).await? as usize - before;
    }
    Ok(WORKFLOWS as f64 / started.elapsed().as_secs_f64())
}

pub(crate) async fn items(server: &Server) -> Result<Row> {
    let few = microseconds_an_item(server, 100, 9).await?;
    let more = microseconds_an_item(server, 1000, 3).await?;
    let many = microseconds_an_item(server, 10_000, 1).await?;
    Ok(Row {
        what: "with items, 100 → 1,000 → 10,000 noop items",
        aim: "time per item flat within 20 %",
        measured: format!("{few:.0} → {more:.0} → {many:.0} µs an item ({:+.0} %)", (many / few - 1.0) * 100.0),
    })
}

async fn microseconds_an_item(server: &Server, count: usize, rounds: usize) -> Result<f64> {
    let body = json!({"action": "bench.items", "parameters": {"items": (0..count).collect::<Vec<_>>()}}).to_string();
    let mut connection = server.connect().await?;
    let mut taken = Vec::new();
    for _ in 0..rounds {
        let sent = execution::now()?;
        let id = execution::request(&mut connection, &body).await?;
        let ended = execution::end(&mut connection, &id, Duration::from_millis(count.div_ceil(100) as u64)).await?;
        taken.push((ended - sent) as f64 / count as f64);
    }
    Ok(median(&taken))
}
