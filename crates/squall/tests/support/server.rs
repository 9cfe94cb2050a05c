//! `squall serve` as a process: on free ports, in a temporary directory, gone when the test ends.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::api::Api;

/// Longer than any slow machine needs.
const START_LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Users log in.
    pub(crate) auth: bool,
    pub(crate) packs_dirs: Vec<PathBuf>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) arguments: Vec<String>,
}

impl Options {
    /// With the pack of the end-to-end tests.
    pub(crate) fn with_test_pack() -> Self {
        Self { packs_dirs: vec![super::test_data().join("packs")], ..Self::default() }
    }

    pub(crate) fn auth(mut self) -> Self {
        self.auth = true;
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

pub(crate) struct Server {
    pub(crate) directory: TempDir,
    pub(crate) api: SocketAddr,
    pub(crate) auth: SocketAddr,
    pub(crate) stream: SocketAddr,
    pub(crate) combined: SocketAddr,
    asked: Api,
    options: Options,
    process: Process,
}

impl Server {
    pub(crate) fn start(options: Options) -> Self {
        Self::start_in(tempfile::tempdir().expect("a temporary directory"), options)
    }

    /// Starts on what is in the directory's `data`.
    pub(crate) fn start_in(directory: TempDir, options: Options) -> Self {
        let (process, faces) = Process::start(&directory.path().join("data"), &options);
        let [api, auth, stream, combined] = faces;
        Self { directory, api, auth, stream, combined, asked: Api { address: api }, options, process }
    }

    /// Kills the process as `kill -9` does and starts it anew on the same data.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts a killed server anew on the same data.
    pub(crate) fn restart(&mut self) {
        let (process, faces) = Process::start(&self.data_dir(), &self.options);
        self.process = process;
        [self.api, self.auth, self.stream, self.combined] = faces;
        self.asked.address = self.api;
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.child.id()
    }

    /// Returns everything logged so far.
    pub(crate) fn log(&self) -> String {
        self.process.log.lock().expect("no panic while logging").join("\n")
    }

    /// Returns user and password of the first administrator.
    pub(crate) fn administrator(&self) -> (String, String) {
        let path = self.data_dir().join("initial-admin-password");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (user, password) = text.trim().split_once(':').expect("user:password");
        (user.to_owned(), password.to_owned())
    }
}

/// A server is asked as any platform is.
impl Deref for Server {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.asked
    }
}

impl Drop for Server {
    #[expect(clippy::print_stdout, reason = "what a failed test shows")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("--- log of the server\n{}\n---", self.log());
        }
    }
}

struct Process {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Process {
    fn start(data_dir: &Path, options: &Options) -> (Self, [SocketAddr; 4]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
        command.arg("serve").arg("--data-dir").arg(data_dir);
        command.args(["--auth", if options.auth { "standalone" } else { "none" }]);
        for port in ["--api-port", "--auth-port", "--stream-port", "--combined-port"] {
            command.args([port, "0"]);
        }
        for packs in &options.packs_dirs {
            command.arg("--packs-dir").arg(packs);
        }
        command.args(&options.arguments).env("SQUALL_LOG_FORMAT", "json").env_remove("RUST_LOG");
        command.envs(options.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, ready) = channel();
        let stderr = child.stderr.take().expect("stderr is piped");
        let kept = Arc::clone(&log);
        std::thread::spawn(move || keep_log(BufReader::new(stderr), &kept, &lines));
        let process = Self { child, log };
        let faces = process.wait_until_ready(&ready);
        (process, faces)
    }

    fn wait_until_ready(&self, lines: &Receiver<String>) -> [SocketAddr; 4] {
        let started = Instant::now();
        loop {
            let left = START_LIMIT.saturating_sub(started.elapsed());
            match lines.recv_timeout(left) {
                Ok(line) => {
                    if let Some(faces) = faces(&line) {
                        return faces;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("not ready after {START_LIMIT:?}:\n{}", self.logged()),
                Err(RecvTimeoutError::Disconnected) => panic!("ended before it was ready:\n{}", self.logged()),
            }
        }
    }

    fn logged(&self) -> String {
        self.log.lock().expect("no panic while logging").join("\n")
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn keep_log(stderr: impl BufRead, log: &Mutex<Vec<String>>, lines: &Sender<String>) {
    for line in stderr.lines().map_while(Result::ok) {
        log.lock().expect("no panic while logging").push(line.clone());
        // Nobody listens any more once the server is ready.
        let _unheard = lines.send(line);
    }
}

/// Returns the addresses in the line that says `ready`.
fn faces(line: &str) -> Option<[SocketAddr; 4]> {
    let line: HashMap<String, Value> = serde_json::from_str(line).ok()?;
    let fields = line.get("fields").filter(|fields| fields["message"] == "ready")?;
    let address = |name: &str| fields[name].as_str()?.parse().ok();
    Some([address("api")?, address("auth")?, address("stream")?, address("combined")?])
}
