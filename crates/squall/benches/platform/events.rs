//! Events: from a webhook through a rule to an action that has started.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::client::Connection;
use crate::execution;
use crate::server::Server;
use crate::statistics::{median, percentile};
use crate::table::Row;

const SENDERS: usize = 16;
const EVENTS: usize = 2000;
const A_SECOND: usize = 200;
const ROUNDS: usize = 3;
const PAGE: usize = 100;

pub(crate) async fn latency(server: &Server) -> Result<Row> {
    let mut connection = server.connect().await?;
    create_rule(&mut connection).await?;
    let (mut halves, mut tails) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let taken = send_and_collect(server, &mut connection, round).await?;
        halves.push(median(&taken));
        tails.push(percentile(&taken, 0.99));
    }
    Ok(Row {
        what: "webhook → rule → action started, at 200 events/s",
        aim: "p50 ≤ 5 ms, p99 ≤ 25 ms",
        measured: format!("p50 {:.1} ms, p99 {:.1} ms", median(&halves), median(&tails)),
    })
}

async fn create_rule(connection: &mut Connection) -> Result<()> {
    let rule = json!({
        "name": "severe",
        "pack": "bench",
        "enabled": true,
        "trigger": {"type": "core.st2.webhook", "parameters": {"url": "bench"}},
        "criteria": {"trigger.body.severity": {"type": "equals", "pattern": "high"}},
        "action": {"ref": "bench.event", "parameters": {}},
    });
    connection.post("/v1/rules", &rule.to_string()).await?.expect::<Value>(201)?;
    Ok(())
}

/// Returns the milliseconds from just before an event was sent until its action was running.
async fn send_and_collect(server: &Server, connection: &mut Connection, round: usize) -> Result<Vec<f64>> {
    try_join_all((0..SENDERS).map(|number| sender(server, number))).await?;
    let expected = (EVENTS * round) as u64;
    while execution::count(connection, "action=bench.event&status=succeeded").await? < expected {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut taken = Vec::with_capacity(EVENTS);
    for offset in (0..EVENTS).step_by(PAGE) {
        let target = format!("/v1/executions?action=bench.event&limit={PAGE}&offset={offset}");
        let page: Vec<Value> = connection.get(&target).await?.expect(200)?;
        for execution in &page {
            taken.push(milliseconds_to_start(execution)?);
        }
    }
    if taken.len() != EVENTS {
        bail!("{} executions for {EVENTS} events", taken.len());
    }
    Ok(taken)
}

/// Sends its share of the events at its share of the pace, whatever the answers take.
async fn sender(server: &Server, number: usize) -> Result<()> {
    let mut connection = server.connect().await?;
    tokio::time::sleep(Duration::from_secs(1) * number as u32 / A_SECOND as u32).await;
    let mut pace = interval(Duration::from_secs(1) * SENDERS as u32 / A_SECOND as u32);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for _ in 0..EVENTS / SENDERS {
        pace.tick().await;
        let event = format!(r#"{{"severity": "high", "sent": {}}}"#, execution::now()?);
        connection.post("/v1/webhooks/bench", &event).await?.expect::<Value>(202)?;
    }
    Ok(())
}

fn milliseconds_to_start(execution: &Value) -> Result<f64> {
    let sent = execution["trigger_instance"]["payload"]["body"]["sent"].as_i64();
    let sent = sent.context("the execution does not show its event")?;
    let log = execution["log"].as_array().context("the execution has no log")?;
    let running = log.iter().find(|entry| entry["status"] == "running").context("the execution never ran")?;
    let started = execution::moment(running["timestamp"].as_str().unwrap_or_default())?;
    Ok((started - sent) as f64 / 1000.0)
}
