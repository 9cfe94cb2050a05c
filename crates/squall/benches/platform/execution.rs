//! Executions as the benchmark asks for them and sees them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::client::Connection;

const LIMIT: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
pub(crate) struct Execution {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) end_timestamp: Option<String>,
}

/// Returns the time of day in microseconds.
pub(crate) fn now() -> Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?)
}

/// Reads a moment as the API writes it, in microseconds.
pub(crate) fn moment(text: &str) -> Result<i64> {
    Ok(text.parse::<jiff::Timestamp>()?.as_microsecond())
}

/// Requests an execution and returns its id; `body` is what is posted.
pub(crate) async fn request(connection: &mut Connection, body: &str) -> Result<String> {
    Ok(connection.post("/v1/executions", body).await?.expect::<Execution>(201)?.id)
}

/// Asks every `period` until the execution has ended, and returns when that was.
pub(crate) async fn end(connection: &mut Connection, id: &str, period: Duration) -> Result<i64> {
    let target = format!("/v1/executions/{id}");
    let started = tokio::time::Instant::now();
    while started.elapsed() < LIMIT {
        let execution: Execution = connection.get(&target).await?.expect(200)?;
        match (execution.status.as_str(), execution.end_timestamp) {
            ("succeeded", Some(ended)) => return moment(&ended),
            (_, Some(_)) => bail!("execution {id} ended as {}", execution.status),
            (_, None) => tokio::time::sleep(period).await,
        }
    }
    bail!("execution {id} has not ended after {LIMIT:?}")
}

/// Returns how many executions match a query.
pub(crate) async fn count(connection: &mut Connection, query: &str) -> Result<u64> {
    let answer = connection.get(&format!("/v1/executions?limit=1&include_attributes=id&{query}")).await?;
    match answer.total {
        Some(total) if answer.status == 200 => Ok(total),
        _ => bail!("could not count {query}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)),
    }
}

/// Posts the request again and again, each when the former has ended; returns how long each took, in milliseconds.
pub(crate) async fn one_by_one(connection: &mut Connection, body: &str, count: usize) -> Result<Vec<f64>> {
    let mut taken = Vec::with_capacity(count);
    for _ in 0..count {
        let sent = now()?;
        let id = request(connection, body).await?;
        let ended = end(connection, &id, Duration::from_millis(2)).await?;
        taken.push((ended - sent) as f64 / 1000.0);
    }
    Ok(taken)
}
