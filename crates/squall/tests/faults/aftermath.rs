//! What must hold when it is over: nothing unfinished, nothing left running, a database in order.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use squall::demo::lifecycle::Platform;

const LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
const UNFINISHED: [&str; 9] =
    ["requested", "scheduled", "delayed", "running", "pausing", "paused", "resuming", "canceling", "pending"];

/// Ends the governor's ticks, so that nothing new begins.
pub(crate) async fn silence_the_governor(platform: &Platform) -> Result<()> {
    let mut rule = platform.get("/rules/autoscale.autoscale_tick").await?.body;
    let id = rule["id"].as_str().with_context(|| format!("no governor rule: {rule}"))?.to_owned();
    rule["enabled"] = json!(false);
    let answer = platform.put(&format!("/rules/{id}"), &rule).await?;
    if answer.status != 200 {
        bail!("the governor could not be disabled: {} {}", answer.status, answer.body);
    }
    Ok(())
}

/// Waits until no execution is unfinished.
pub(crate) async fn everything_finishes(platform: &Platform) -> Result<()> {
    let started = Instant::now();
    loop {
        let unfinished = unfinished(platform).await?;
        if unfinished.is_empty() {
            return Ok(());
        }
        if started.elapsed() > LIMIT {
            bail!("after {} s there are unfinished executions: {unfinished:#?}", LIMIT.as_secs());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

async fn unfinished(platform: &Platform) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for status in UNFINISHED {
        let list = platform.get(&format!("/executions?status={status}&limit=100")).await?.body;
        let Value::Array(executions) = list else { bail!("no list of executions: {list}") };
        let shown = |execution: Value| format!("{} {} {status}", execution["id"], execution["action"]["ref"]);
        found.extend(executions.into_iter().map(shown));
    }
    Ok(found)
}

/// Returns what is wrong with the database of a server that has stopped.
pub(crate) fn database_trouble(data_dir: &Path) -> Result<Vec<String>> {
    let database = open(data_dir)?;
    let verdict = verdict(data_dir)?;
    let mut trouble = Vec::new();
    if verdict != "ok" {
        trouble.push(format!("integrity_check says {verdict}"));
    }
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0));
    let unfinished = count("SELECT count(*) FROM execution WHERE ended IS NULL")?;
    if unfinished > 0 {
        trouble.push(format!("{unfinished} executions are unfinished"));
    }
    if count("SELECT count(*) FROM execution")? == 0 {
        trouble.push("there is no execution at all".to_owned());
    }
    Ok(trouble)
}

/// Returns what the database says of itself: `ok`.
pub(crate) fn verdict(data_dir: &Path) -> Result<String> {
    Ok(open(data_dir)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?)
}

/// Returns how many executions of each action ended in which way, as a server that has stopped left them.
pub(crate) fn endings(data_dir: &Path) -> Result<BTreeMap<String, i64>> {
    let database = open(data_dir)?;
    let mut statement = database.prepare("SELECT action_ref || ' ' || status, count(*) FROM execution GROUP BY 1")?;
    let counts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(counts.collect::<Result<_, _>>()?)
}

fn open(data_dir: &Path) -> Result<Connection> {
    Connection::open_with_flags(data_dir.join("squall.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).context("the database")
}
