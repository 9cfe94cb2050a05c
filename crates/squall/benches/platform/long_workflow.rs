//! One workflow of many tasks, each of which begins when the former has ended.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use crate::execution;
use crate::server::{self, Server};
use crate::statistics::{median, percentile};
use crate::table::Row;

const TASKS: usize = 200;
const ROUNDS: usize = 20;

pub(crate) async fn latency() -> Result<Row> {
    let directory = server::directory()?;
    let packs = directory.path().join("packs");
    write_pack(&packs.join("long"))?;
    let mut server = Server::start(directory.path(), &packs).await?;
    server.log_in().await?;
    let mut connection = server.connect().await?;
    let body = r#"{"action": "long.row"}"#;
    execution::one_by_one(&mut connection, body, 2).await?;
    let taken = execution::one_by_one(&mut connection, body, ROUNDS).await?;
    server.stop()?;
    Ok(Row {
        what: "Orquesta, 200 sequential noop tasks, POST to end",
        aim: "≥ 100 × StackStorm's rate",
        measured: format!("p50 {:.0} ms, p95 {:.0} ms", median(&taken), percentile(&taken, 0.95)),
    })
}

fn write_pack(pack: &Path) -> Result<()> {
    let actions = pack.join("actions");
    std::fs::create_dir_all(actions.join("workflows"))?;
    std::fs::write(pack.join("pack.yaml"), PACK)?;
    std::fs::write(actions.join("row.yaml"), ACTION)?;
    let mut definition = "version: 1.0\ntasks:\n".to_owned();
    for number in 1..TASKS {
        write!(definition, "  task{number}:\n    action: core.noop\n    next:\n")?;
        write!(definition, "      - when: <% succeeded() %>\n        do: task{}\n", number + 1)?;
    }
    write!(definition, "  task{TASKS}:\n    action: core.noop\n")?;
    std::fs::write(actions.join("workflows/row.yaml"), definition)?;
    Ok(())
}

const PACK: &str = "\
ref: long
name: long
description: A long workflow
version: 1.0.0
author: Squall
email: bench@example.com
";

const ACTION: &str = "\
name: row
description: Many tasks that do nothing, one after the other
runner_type: orquesta
enabled: true
entry_point: workflows/row.yaml
parameters: {}
";
