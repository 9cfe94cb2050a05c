//! The simulator and the server as processes; the server comes back on the same ports, because that is where everybody looks for it.

use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::http::Request;
use super::waiting::eventually;

const BINARY: &str = env!("CARGO_BIN_EXE_squall");

/// Returns ports that were free a moment ago.
pub(crate) fn free_ports<const COUNT: usize>() -> [SocketAddr; COUNT] {
    let listeners: [TcpListener; COUNT] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("a bound listener has an address"))
}

fn wait_for_listener(address: SocketAddr) {
    eventually(&format!("somebody to listen on {address}"), || TcpStream::connect(address).map(drop));
}

/// A process that ends with its owner.
pub(crate) struct Owned(pub(crate) Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// `squall cloudsim`, which outlives every server.
pub(crate) struct Simulator {
    pub(crate) url: String,
    pub(crate) journal: PathBuf,
    _process: Owned,
}

impl Simulator {
    pub(crate) fn start(directory: &Path) -> Self {
        let [address] = free_ports();
        let journal = directory.join("journal.jsonl");
        let mut command = Command::new(BINARY);
        command.args(["cloudsim", "--speed", "4", "--listen", &address.to_string(), "--journal"]).arg(&journal);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the simulator starts");
        let process = Owned(process);
        wait_for_listener(address);
        Self { url: format!("http://{address}"), journal, _process: process }
    }
}

/// `squall serve` on ports and data that outlive its process.
pub(crate) struct Server {
    pub(crate) api: SocketAddr,
    pub(crate) auth: SocketAddr,
    directory: PathBuf,
    process: Owned,
}

impl Server {
    /// Starts a server on the data below `directory` and waits until it answers.
    pub(crate) fn start(directory: &Path) -> Self {
        let server = Self::launch(directory);
        server.wait_until_it_answers();
        server
    }

    /// Starts a server and waits for nothing.
    pub(crate) fn launch(directory: &Path) -> Self {
        let [api, auth] = free_ports();
        let process = Owned(launch(directory, api, auth));
        Self { api, auth, directory: directory.to_owned(), process }
    }

    /// Somebody listens before anybody answers.
    pub(crate) fn wait_until_it_answers(&self) {
        wait_for_listener(self.api);
        Request::get("/v1").send(self.api);
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Ends the process as `kill -9` does, the process alone, and starts the next one at once.
    pub(crate) fn kill_and_restart(&mut self) -> Result<(), String> {
        if let Ok(Some(status)) = self.process.0.try_wait() {
            return Err(format!("the server ended by itself with {status}"));
        }
        self.process.0.kill().map_err(|error| format!("could not kill the server: {error}"))?;
        self.process.0.wait().map_err(|error| format!("could not wait for the killed server: {error}"))?;
        self.process = Owned(launch(&self.directory, self.api, self.auth));
        Ok(())
    }

    /// Asks the process to stop and waits until it has.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        let id = i32::try_from(self.process.0.id()).ok().and_then(Pid::from_raw).expect("a process has an id");
        kill_process(id, Signal::TERM).expect("the server runs");
        eventually("the server to stop", || self.process.0.try_wait().ok().flatten().ok_or("it is running"))
    }
}

/// What the servers of a directory logged, one after the other.
pub(crate) fn log_of(directory: &Path) -> String {
    std::fs::read_to_string(directory.join("server.log")).unwrap_or_default()
}

fn launch(directory: &Path, api: SocketAddr, auth: SocketAddr) -> Child {
    let log = log_file(directory);
    let mut command = Command::new(BINARY);
    command.args(["serve", "--log-level", "warn", "--stream-port", "0", "--combined-port", "0"]);
    command.args(["--api-port", &api.port().to_string(), "--auth-port", &auth.port().to_string()]);
    command.arg("--data-dir").arg(directory.join("data"));
    command.stdin(Stdio::null()).stdout(log.try_clone().expect("a file can be shared")).stderr(log);
    command.spawn().expect("the server starts")
}

fn log_file(directory: &Path) -> File {
    let path = directory.join("server.log");
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the processes of actions that call the API at this address: what a killed server may have left behind.
pub(crate) fn actions_calling(api: SocketAddr) -> Vec<u32> {
    let marker = format!("ST2_ACTION_API_URL=http://{api}/v1");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let calls = |process: &u32| {
        let environment = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        let has = |wanted: &[u8]| environment.split(|byte| *byte == 0).any(|entry| entry.starts_with(wanted));
        // Sensors call the API as well, but for no execution.
        has(marker.as_bytes()) && has(b"ST2_ACTION_EXECUTION_ID=")
    };
    processes.filter(calls).collect()
}
