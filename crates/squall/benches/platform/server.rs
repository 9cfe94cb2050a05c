//! `squall serve` as users start it: release build, durable writes, users log in, on free ports in a directory of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Connection;

const START_LIMIT: Duration = Duration::from_secs(60);

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) api: SocketAddr,
    auth: SocketAddr,
    /// From the start of the process to the first answer.
    pub(crate) ready_after: Duration,
    data_dir: PathBuf,
    credential: String,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[derive(Deserialize)]
struct ApiKey {
    key: String,
}

impl Server {
    /// Starts a server on the data below `directory` and waits until it answers.
    pub(crate) async fn start(directory: &Path, packs: &Path) -> Result<Self> {
        let data_dir = directory.join("data");
        let log = directory.join("log");
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_squall"))
            .args(["serve", "--auth", "standalone", "--data-dir"])
            .arg(&data_dir)
            .arg("--packs-dir")
            .arg(packs)
            .args(["--api-port", "0", "--auth-port", "0", "--stream-port", "0", "--combined-port", "0"])
            .env("SQUALL_LOG_FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log)?)
            .spawn()?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self {
            child,
            api: nowhere,
            auth: nowhere,
            ready_after: Duration::ZERO,
            data_dir,
            credential: String::new(),
        };
        (server.api, server.auth) = server.addresses(&log, started).await?;
        let ready = Connection::open(server.api, "").await?.get("/readyz").await?;
        if ready.status != 200 {
            bail!("the server says that it is ready and then {}", ready.status);
        }
        server.ready_after = started.elapsed();
        Ok(server)
    }

    async fn addresses(&mut self, log: &Path, started: Instant) -> Result<(SocketAddr, SocketAddr)> {
        loop {
            let text = std::fs::read_to_string(log)?;
            if let Some(found) = text.lines().find_map(ready) {
                return Ok(found);
            }
            if self.child.try_wait()?.is_some() || started.elapsed() > START_LIMIT {
                bail!("the server did not become ready:\n{text}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Logs in as the first administrator and makes an API key for all further calls.
    pub(crate) async fn log_in(&mut self) -> Result<()> {
        let login = std::fs::read_to_string(self.data_dir.join("initial-admin-password"))?;
        let basic = format!("authorization: Basic {}\r\n", STANDARD.encode(login.trim()));
        let made = Connection::open(self.auth, &basic).await?.post("/v1/tokens", "{}").await?;
        let with_token = format!("x-auth-token: {}\r\n", made.expect::<Token>(201)?.token);
        let made = Connection::open(self.api, &with_token).await?.post("/v1/apikeys", "{}").await?;
        self.credential = format!("st2-api-key: {}\r\n", made.expect::<ApiKey>(201)?.key);
        Ok(())
    }

    pub(crate) fn credential(&self) -> &str {
        &self.credential
    }

    /// Calls with what the former server on these data gave out.
    pub(crate) fn log_in_with(&mut self, credential: String) {
        self.credential = credential;
    }

    pub(crate) async fn connect(&self) -> Result<Connection> {
        Connection::open(self.api, &self.credential).await
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the server as `kill -9` does.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops the server as an operator does.
    pub(crate) fn stop(mut self) -> Result<()> {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Returns the addresses of API and authentication in the log line that says `ready`.
fn ready(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let line: HashMap<String, Value> = serde_json::from_str(line).ok()?;
    let fields = line.get("fields").filter(|fields| fields["message"] == "ready")?;
    let address = |name: &str| fields[name].as_str()?.parse().ok();
    Some((address("api")?, address("auth")?))
}

/// Returns a new directory on the disk that holds the build, never in memory: the benchmark is one of durable writes.
pub(crate) fn directory() -> Result<tempfile::TempDir> {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).context("could not make a temporary directory")
}

/// Returns the directory with the benchmark's own pack.
pub(crate) fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/platform/packs")
}
