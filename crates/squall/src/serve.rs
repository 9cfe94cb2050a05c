//! `squall serve`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

use crate::args::ServeArgs;
use crate::config::{self, Config};
use crate::platform::{Addresses, Platform};
use crate::telemetry::Exporting;
use crate::{logging, telemetry};

/// Runs the platform until it is told to stop: the first signal drains, the second one ends at once.
pub(crate) async fn run(args: ServeArgs) -> Result<ExitCode> {
    let started = Instant::now();
    let config = load(&args)?;
    if args.print_config {
        print(&config.describe());
        return Ok(ExitCode::SUCCESS);
    }
    logging::start(&config.log_level, config.log_format);
    telemetry::start_statsd(&config.telemetry).await?;
    let otlp_endpoint = config.telemetry.otlp_endpoint.clone();
    let _watched = survive_the_file_size_limit()?;
    let exporting = telemetry::start_traces(otlp_endpoint.as_deref())?;
    let mut signals = StopSignals::new()?;
    let platform = tokio::select! {
        started = Platform::start(config) => started?,
        () = signals.next() => {
            info!("stopped before it was ready");
            return Ok(ExitCode::SUCCESS);
        }
    };
    announce(&platform.addresses, started);
    let mut stopping = platform.context.tasks.shutdown();
    tokio::select! {
        () = signals.next() => {}
        () = stopping.wait() => warn!("stopping because an essential part ended"),
    }
    info!("stopping: waiting for running work; a second signal ends at once");
    tokio::select! {
        () = finish(platform, exporting) => Ok(ExitCode::SUCCESS),
        () = signals.next() => {
            warn!("stopped at once; the next start takes up what was running");
            Ok(ExitCode::from(130))
        }
    }
}

/// Lets running work end, and what is known of it be told.
async fn finish(platform: Platform, exporting: Option<Exporting>) {
    platform.drain().await;
    if let Some(exporting) = exporting {
        exporting.finish().await;
    }
}

fn load(args: &ServeArgs) -> Result<Config> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let file = args.config.clone().or_else(|| environment.get("SQUALL_CONFIG").map(PathBuf::from));
    Ok(config::load(file.as_deref(), &environment, &args.options())?)
}

fn announce(addresses: &Addresses, started: Instant) {
    let shown =
        |address: Option<std::net::SocketAddr>| address.map_or_else(|| "off".to_owned(), |found| found.to_string());
    info!(
        api = %shown(addresses.api),
        auth = %shown(addresses.auth),
        stream = %shown(addresses.stream),
        combined = %shown(addresses.combined),
        health = %shown(addresses.health),
        milliseconds = started.elapsed().as_millis() as u64,
        "ready"
    );
}

/// SIGTERM, Ctrl-C and the end of the terminal (SIGHUP, unless `nohup` has it ignored). From the moment that this is made they end
/// nothing by themselves.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl StopSignals {
    pub(crate) fn new() -> Result<Self> {
        let take = |kind| signal(kind).context("could not wait for signals");
        Ok(Self {
            terminate: take(SignalKind::terminate())?,
            interrupt: take(SignalKind::interrupt())?,
            hangup: if hangup_is_ignored() { None } else { Some(take(SignalKind::hangup())?) },
        })
    }

    /// Waits for the next one. Cancel safe.
    pub(crate) async fn next(&mut self) {
        let hung_up = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hung_up => {}
        }
    }
}

/// Whoever started this process may have told it to outlive the terminal; waiting for the signal would undo that.
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored & (1 << (rustix::process::Signal::HUP.as_raw() - 1)) != 0
}

/// Takes the signal that would end the process when a file outgrows its limit; the write fails in any case, and whoever wrote says so.
fn survive_the_file_size_limit() -> Result<Signal> {
    let exceeded = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    signal(exceeded).context("could not take the signal of the file size limit")
}

fn print(text: &str) {
    // Whoever closed the pipe does not want to know.
    let _unheard = std::io::stdout().write_all(text.as_bytes());
}
