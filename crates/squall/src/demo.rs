//! `squall demo`: the autoscaling life cycle against the bundled simulator, every phase checked in the simulator's own state.

pub mod call;
pub mod lifecycle;
mod report;
mod screen;
pub mod setup;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use squall_cloudsim::{Cloudsim, Options};

use crate::args::DemoArgs;
use crate::config;
use crate::demo::call::Platform as Remote;
use crate::demo::lifecycle::{Group, LifeCycle, Observer};
use crate::demo::screen::Screen;
use crate::logging;
use crate::platform::Platform;
use crate::serve::StopSignals;

/// How many times faster than real the simulated cloud is.
const SPEED: u32 = 4;

/// As of a command that ends by SIGPIPE.
const UNHEARD: u8 = 141;

pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode> {
    logging::start("error", config::LogFormat::Text);
    let kept = args.data_dir.clone();
    let temporary = if kept.is_none() { Some(tempfile::tempdir().context("no temporary directory")?) } else { None };
    let data_dir = kept.or_else(|| temporary.as_ref().map(|found| found.path().to_owned())).unwrap_or_default();
    let screen = Arc::new(Screen::new(args.json));
    let mut signals = StopSignals::new()?;
    tokio::select! {
        outcome = play(&args, data_dir, Arc::clone(&screen)) => outcome,
        () = signals.next() => {
            screen.clear();
            Ok(ExitCode::from(130))
        }
        () = screen.gone() => Ok(ExitCode::from(UNHEARD)),
    }
}

async fn play(args: &DemoArgs, data_dir: PathBuf, screen: Arc<Screen>) -> Result<ExitCode> {
    let timings = crate::cloudsim::faster(SPEED);
    let simulator = Cloudsim::start(Options { timings, ..Options::default() }).await?;
    setup::write_configs(&data_dir.join("configs"), &simulator.base_url())?;
    let platform = Platform::start(setup::config(&data_dir)?).await?;
    let remote = Remote::log_in(&platform.addresses, &data_dir).await?;
    screen.started(&remote, &simulator.base_url());
    let watching = watch::start(remote.clone(), simulator.base_url(), Arc::clone(&screen));
    let life =
        LifeCycle::new(remote.clone(), simulator.base_url(), Group::demo(), Arc::clone(&screen) as Arc<dyn Observer>);
    let outcome = life.play().await;
    watching.abort();
    screen.clear();
    let code = match &outcome {
        Ok(phases) => {
            screen.table(phases);
            ExitCode::SUCCESS
        }
        Err(error) => {
            screen.failed(error);
            ExitCode::from(1)
        }
    };
    if args.keep {
        screen.kept(&remote, &simulator.base_url(), &data_dir);
        StopSignals::new()?.next().await;
    }
    platform.drain().await;
    simulator.stop().await;
    Ok(code)
}
