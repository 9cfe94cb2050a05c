//! A backlog of actions that only wait, so that the number of actions at a time is what limits.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::execution;
use crate::platform::Platform;
use crate::support::lanes::Lanes;

pub(crate) const WHAT: &str = "160 actions that wait 0.5 s, 8 at a time on each runner: first start to last end";
const ACTIONS: u64 = 160;
const AT_A_TIME: usize = 8;
const REQUEST: &str = r#"{"action": "core.local", "parameters": {"cmd": "sleep 0.5"}}"#;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Hands the backlog in while no runner runs, then starts the runners; returns the time from the first start to the last end.
pub(crate) async fn seconds(lanes: &Lanes, runners: usize) -> Result<f64> {
    let counts = [("api", 1), ("scheduler", 1), ("notifier", 1), ("actionrunner", runners)];
    let mut platform = Platform::start(lanes, &counts, AT_A_TIME).await?;
    let runners = platform.fleet.of_role("actionrunner");
    for runner in &runners {
        platform.fleet.members[*runner].stop();
    }
    let mut connection = platform.connect().await?;
    for _ in 0..ACTIONS {
        execution::request(&mut connection, REQUEST).await?;
    }
    while execution::count(&mut connection, "action=core.local&status=scheduled").await? < ACTIONS {
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    for runner in &runners {
        platform.fleet.members[*runner].launch_if_dead();
    }
    while execution::count(&mut connection, "action=core.local&status=succeeded").await? < ACTIONS {
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    let target = "/v1/executions?action=core.local&limit=-1&include_attributes=log,end_timestamp";
    let executions: Vec<Value> = connection.get(target).await?.expect(200)?;
    let (mut first, mut last) = (i64::MAX, 0);
    for execution in &executions {
        let log = execution["log"].as_array().context("the execution has no log")?;
        let running = log.iter().find(|entry| entry["status"] == "running").context("the execution never ran")?;
        first = first.min(moment(&running["timestamp"])?);
        last = last.max(moment(&execution["end_timestamp"])?);
    }
    platform.fleet.stop();
    Ok((last - first) as f64 / 1e6)
}

fn moment(value: &Value) -> Result<i64> {
    execution::moment(value.as_str().context("a moment is a text")?)
}
