//! Everything that a command touches outside itself: streams, environment, home directory, time.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;

/// A future that a [`Host`] returns.
pub type HostFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The outside world of a command. Tests make their own, so that nothing leaks in or out.
pub struct Io {
    pub stdin: Box<dyn BufRead + Send>,
    pub stdout: Box<dyn Write + Send>,
    pub stderr: Box<dyn Write + Send>,
    /// Whether a person looks at `stdout`: colours and live progress.
    pub is_terminal: bool,
    /// Columns of the terminal.
    pub width: usize,
    pub environment: BTreeMap<String, String>,
    pub home: PathBuf,
    pub working_directory: PathBuf,
    pub host: Arc<dyn Host>,
}

/// Time and signals.
pub trait Host: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, duration: Duration) -> HostFuture<'_>;
    /// Completes when the user presses Ctrl-C.
    fn interrupted(&self) -> HostFuture<'_>;
    /// Switches whether the terminal shows what is typed; false when there is no terminal to switch.
    fn set_echo(&self, visible: bool) -> bool;
}

impl Io {
    /// The streams, environment and clock of this process.
    pub fn from_process() -> Self {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            stdin: Box::new(std::io::BufReader::new(std::io::stdin())),
            stdout: Box::new(std::io::stdout()),
            stderr: Box::new(std::io::stderr()),
            is_terminal: std::io::stdout().is_terminal(),
            width: terminal_width(&environment),
            home: environment.get("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from),
            working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            environment,
            host: Arc::new(SystemHost::default()),
        }
    }

    /// A path as the user means it: relative to where the command was started.
    pub(crate) fn resolve_path(&self, path: &str) -> PathBuf {
        match path.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => self.working_directory.join(path),
        }
    }
}

/// The width that the original assumes when nobody can say.
const DEFAULT_WIDTH: usize = 150;

fn terminal_width(environment: &BTreeMap<String, String>) -> usize {
    let from_environment = environment.get("COLUMNS").and_then(|columns| columns.parse().ok());
    from_environment.or_else(width_from_stty).unwrap_or(DEFAULT_WIDTH)
}

fn width_from_stty() -> Option<usize> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    let output = Command::new("stty").arg("size").stdin(Stdio::inherit()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1)?.parse().ok().filter(|columns| *columns > 0)
}

/// The clock, signals and terminal of this process.
#[derive(Default)]
struct SystemHost {
    /// Kept, so that a signal between two waits is not lost.
    interrupts: Mutex<Option<Signal>>,
}

impl Host for SystemHost {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> HostFuture<'_> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn interrupted(&self) -> HostFuture<'_> {
        Box::pin(async {
            let mut interrupts = self.interrupts.lock().await;
            if interrupts.is_none() {
                *interrupts = signal(SignalKind::interrupt()).ok();
            }
            match interrupts.as_mut() {
                Some(interrupts) => {
                    interrupts.recv().await;
                }
                // Ctrl-C then ends the process, as it does everywhere.
                None => std::future::pending().await,
            }
        })
    }

    fn set_echo(&self, visible: bool) -> bool {
        let flag = if visible { "echo" } else { "-echo" };
        let status = Command::new("stty").arg(flag).stdin(Stdio::inherit()).stderr(Stdio::null()).status();
        std::io::stdin().is_terminal() && status.is_ok_and(|status| status.success())
    }
}
