//! `squall cloudsim`: the simulator by itself.

use std::process::ExitCode;

use anyhow::Result;
use squall_cloudsim::{Cloudsim, Options, Timings};

use crate::args::CloudsimArgs;
use crate::serve::StopSignals;

/// Serves the simulator until Ctrl-C or SIGTERM.
pub(crate) async fn run(args: CloudsimArgs) -> Result<ExitCode> {
    let CloudsimArgs { listen, journal, seed, speed } = args;
    let handle = Cloudsim::start(Options { listen, journal, seed, timings: faster(speed) }).await?;
    let mut signals = StopSignals::new()?;
    announce(&handle.base_url());
    signals.next().await;
    handle.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Returns the timings of a cloud that is `speed` times as fast.
pub(crate) fn faster(speed: u32) -> Timings {
    let (normal, speed) = (Timings::default(), speed.max(1));
    Timings {
        server_build: normal.server_build / speed,
        server_reboot: normal.server_reboot / speed,
        load_balancer_update: normal.load_balancer_update / speed,
        dns_job: normal.dns_job / speed,
        chef_converge: normal.chef_converge / speed,
        ..normal
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn announce(url: &str) {
    println!("simulator: {url} (control plane: {url}/_sim/state)");
}
