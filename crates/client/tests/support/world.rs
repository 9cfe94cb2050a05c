//! The outside world of one command.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use squall_client::{ExitCode, Host, HostFuture, Io, run_command_line};

/// A clock that stands still and lets sleeps pass at once; Ctrl-C comes after a number of sleeps, or never.
pub(crate) struct StillHost {
    pub(crate) now: Timestamp,
    pub(crate) sleeps_before_interrupt: Mutex<Option<usize>>,
}

impl Host for StillHost {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn sleep(&self, _duration: Duration) -> HostFuture<'_> {
        if let Some(left) = &mut *self.sleeps_before_interrupt.lock().expect("no panic in the test") {
            *left = left.saturating_sub(1);
        }
        Box::pin(tokio::task::yield_now())
    }

    fn interrupted(&self) -> HostFuture<'_> {
        if *self.sleeps_before_interrupt.lock().expect("no panic in the test") == Some(0) {
            Box::pin(std::future::ready(()))
        } else {
            Box::pin(std::future::pending())
        }
    }

    fn set_echo(&self, _visible: bool) -> bool {
        false
    }
}

/// Collects what is written.
#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no panic in the test")).into_owned()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic in the test").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a command left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Everything that a command can look at.
pub(crate) struct World {
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) stdin: String,
    pub(crate) home: tempfile::TempDir,
    pub(crate) working_directory: PathBuf,
    pub(crate) is_terminal: bool,
    pub(crate) sleeps_before_interrupt: Option<usize>,
}

impl World {
    /// A world whose services all listen at `address`.
    pub(crate) fn new(address: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        let urls = [("ST2_API_URL", "/v1"), ("ST2_AUTH_URL", "/auth"), ("ST2_STREAM_URL", "/stream/v1")];
        Self {
            environment: urls
                .iter()
                .map(|(name, path)| ((*name).to_owned(), format!("http://{address}{path}")))
                .collect(),
            stdin: String::new(),
            working_directory: home.path().to_owned(),
            home,
            is_terminal: false,
            sleeps_before_interrupt: None,
        }
    }

    /// Runs `st2` with these arguments.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        let (stdout, stderr) = (Sink::default(), Sink::default());
        let host = StillHost {
            now: "2026-01-01T00:00:00Z".parse().expect("a valid time"),
            sleeps_before_interrupt: Mutex::new(self.sleeps_before_interrupt),
        };
        let mut io = Io {
            stdin: Box::new(Cursor::new(self.stdin.clone().into_bytes())),
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(stderr.clone()),
            is_terminal: self.is_terminal,
            width: 120,
            environment: self.environment.clone(),
            home: self.home.path().to_owned(),
            working_directory: self.working_directory.clone(),
            host: Arc::new(host),
        };
        let arguments = std::iter::once("st2").chain(arguments.iter().copied()).map(OsString::from);
        let ExitCode(code) = run_command_line(arguments, &mut io).await;
        Ended { code, stdout: stdout.text(), stderr: stderr.text() }
    }
}
