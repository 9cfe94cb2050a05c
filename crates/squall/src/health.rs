//! `squall health`: asks a process whether it is ready, for container health checks and for people.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::args::HealthArgs;

/// A process that does not answer within this is not ready.
const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) async fn run(arguments: HealthArgs) -> Result<ExitCode> {
    let url = format!("{}/readyz", arguments.url.trim_end_matches('/'));
    // The process is a neighbour: no proxy is in between.
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let answer = client.get(&url).send().await?;
    let ready = answer.status().is_success();
    print(&answer.text().await?);
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn print(text: &str) {
    print!("{text}");
}
