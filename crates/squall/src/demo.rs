//! `squall demo`.
use std::process::ExitCode;

use anyhow::Result;

use crate::args::DemoArgs;

pub(crate) async fn run(_args: DemoArgs) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
