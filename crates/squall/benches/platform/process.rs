//! The process itself: at rest, at its start, on disk.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::actions;
use crate::execution;
use crate::machine;
use crate::server::{self, Server};
use crate::statistics::{median, percentile};
use crate::table::Row;

const SETTLE: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_secs(20);
const ACTIONS: usize = 1000;
const STARTS: usize = 7;
const STORED: usize = 100_000;

/// A server that nobody has asked for anything.
pub(crate) async fn idle() -> Result<Row> {
    let directory = server::directory()?;
    let server = Server::start(directory.path(), &server::packs()).await?;
    tokio::time::sleep(SETTLE).await;
    let before = machine::processor_seconds(server.process_id())?;
    tokio::time::sleep(REST).await;
    let used = machine::processor_seconds(server.process_id())? - before;
    let share = used / REST.as_secs_f64() * 100.0;
    let resident = machine::resident_mebibytes(server.process_id());
    Ok(Row {
        what: "idle: resident memory, CPU",
        aim: "≤ 60 MB, ≤ 0.5 % of a core",
        measured: format!("{:.0} MB, {share:.2} %", resident * 1.048_576),
    })
}

/// Starts a server whose packs have not changed since it last ran.
pub(crate) async fn start() -> Result<Row> {
    let directory = server::directory()?;
    let packs = directory.path().join("packs");
    write_pack(&packs.join("many"))?;
    let first = Server::start(directory.path(), &packs).await?;
    let registering = first.ready_after.as_secs_f64() * 1000.0;
    first.stop()?;
    let mut taken = Vec::new();
    for _ in 0..STARTS {
        let server = Server::start(directory.path(), &packs).await?;
        taken.push(server.ready_after.as_secs_f64() * 1000.0);
        server.stop()?;
    }
    Ok(Row {
        what: "start to ready with 1,000 registered actions",
        aim: "≤ 300 ms",
        measured: format!("{:.0} ms (the first start, which registers them: {registering:.0} ms)", median(&taken)),
    })
}

/// Kills a server that holds many executions, each time just after it has taken one more, and starts it again.
pub(crate) async fn restart() -> Result<Row> {
    let directory = server::directory()?;
    let packs = server::packs();
    let mut server = Server::start(directory.path(), &packs).await?;
    server.log_in().await?;
    actions::run_to_end(&server, STORED).await?;
    let mut taken = Vec::new();
    for _ in 0..STARTS {
        let credential = server.credential().to_owned();
        let last = execution::request(&mut server.connect().await?, r#"{"action": "core.noop"}"#).await?;
        server.kill()?;
        server = Server::start(directory.path(), &packs).await?;
        taken.push(server.ready_after.as_secs_f64() * 1000.0);
        server.log_in_with(credential);
        execution::end(&mut server.connect().await?, &last, Duration::from_millis(2)).await?;
    }
    server.stop()?;
    let slowest = percentile(&taken, 1.0);
    Ok(Row {
        what: "restart to ready after `kill -9`, with 100,000 executions stored",
        aim: "≤ 500 ms",
        measured: format!("{:.0} ms, at most {slowest:.0} ms", median(&taken)),
    })
}

fn write_pack(pack: &Path) -> Result<()> {
    let actions = pack.join("actions");
    std::fs::create_dir_all(&actions)?;
    std::fs::write(pack.join("pack.yaml"), PACK)?;
    for number in 0..ACTIONS {
        let text = format!("name: action_{number}\n{ACTION}");
        std::fs::write(actions.join(format!("action_{number}.yaml")), text)?;
    }
    Ok(())
}

const PACK: &str = "\
ref: many
name: many
description: Many actions
version: 1.0.0
author: Squall
email: bench@example.com
";

const ACTION: &str = "\
description: One of many
runner_type: local-shell-cmd
enabled: true
parameters:
  cmd:
    type: string
    default: 'true'
  host:
    type: string
    description: The machine that this is about
    required: true
  retries:
    type: integer
    default: 3
  labels:
    type: array
    items:
      type: string
  password:
    type: string
    secret: true
";

pub(crate) fn binary_size() -> Result<Row> {
    let bytes = std::fs::metadata(env!("CARGO_BIN_EXE_squall"))?.len();
    Ok(Row { what: "size of the binary", aim: "≤ 35 MB", measured: format!("{:.1} MB", bytes as f64 / 1e6) })
}
