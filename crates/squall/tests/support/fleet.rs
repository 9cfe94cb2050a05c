//! The processes of a platform: one that does everything, or several per role. Each can be killed, stopped and started again.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::api::Api;
use super::http::Request;
use super::waiting::{LIMIT, eventually};

const BINARY: &str = env!("CARGO_BIN_EXE_squall");

/// One process, dead or alive.
pub(crate) struct Member {
    /// What it does: `rules`, or `all`.
    pub(crate) role: String,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    log: PathBuf,
    child: Option<Child>,
}

/// All processes of a platform, with what outlives them.
pub(crate) struct Fleet {
    pub(crate) api: SocketAddr,
    /// Every process that serves the API; the first is `api`.
    pub(crate) apis: Vec<SocketAddr>,
    /// Of the one process that does everything.
    pub(crate) stream: SocketAddr,
    pub(crate) directory: PathBuf,
    /// In front of every name at the broker; empty without one.
    pub(crate) prefix: String,
    pub(crate) members: Vec<Member>,
}

/// Returns a port that was free a moment ago.
pub(crate) fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address")
}

impl Fleet {
    fn empty(directory: &Path) -> Self {
        let (api, stream) = (free_port(), free_port());
        let directory = directory.to_owned();
        Self { api, apis: vec![api], stream, directory, prefix: String::new(), members: Vec::new() }
    }

    /// One process on an embedded store.
    pub(crate) fn embedded(directory: &Path) -> Self {
        let mut fleet = Self::empty(directory);
        let stream = fleet.stream.port().to_string();
        let arguments = ["--combined-port", "0", "--auth-port", "0", "--stream-port", &stream];
        let member = fleet.member("all", "all", fleet.api, &arguments);
        fleet.members.push(member);
        fleet
    }

    /// `counts` says how many processes each role has; they meet over `store` and `bus`, where `prefix` keeps them apart from others.
    pub(crate) fn distributed(
        directory: &Path,
        counts: &[(&str, usize)],
        store: &str,
        bus: &str,
        prefix: &str,
    ) -> Self {
        let mut fleet = Self { prefix: prefix.to_owned(), ..Self::empty(directory) };
        let keys = directory.join("keys");
        for (role, count) in counts {
            for number in 0..*count {
                let keys = keys.display().to_string();
                let arguments = [
                    "--role",
                    role,
                    "--store",
                    store,
                    "--bus",
                    bus,
                    "--keys-dir",
                    &keys,
                    "--auth-port",
                    "0",
                    "--stream-port",
                    "0",
                ];
                let is_further_api = *role == "api" && number > 0;
                let api = if is_further_api { free_port() } else { fleet.api };
                if is_further_api {
                    fleet.apis.push(api);
                }
                let mut member = fleet.member(role, &format!("{role}-{number}"), api, &arguments);
                member.set("SQUALL_BUS_PREFIX", Some(prefix));
                fleet.members.push(member);
            }
        }
        fleet
    }

    fn member(&self, role: &str, name: &str, api: SocketAddr, arguments: &[&str]) -> Member {
        let data = self.directory.join(name);
        let packs = super::test_data().join("packs");
        let mut all: Vec<String> = ["serve", "--auth", "none", "--log-level", "info"].map(str::to_owned).into();
        all.extend(["--data-dir".to_owned(), data.display().to_string()]);
        all.extend(["--packs-dir".to_owned(), packs.display().to_string()]);
        all.extend(["--api-port".to_owned(), api.port().to_string()]);
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let environment = BTreeMap::from([
            ("SQUALL_API_URL".to_owned(), format!("http://{}/v1", self.api)),
            ("SQUALL_LOG_FORMAT".to_owned(), "json".to_owned()),
        ]);
        let log = self.directory.join(format!("{name}.log"));
        Member { role: role.to_owned(), arguments: all, environment, log, child: None }
    }

    /// What can be asked of the platform.
    pub(crate) fn client(&self) -> Api {
        Api { address: self.api }
    }

    /// Asks every process to stop and waits until all have.
    pub(crate) fn stop(&mut self) {
        for member in &self.members {
            member.signal(Signal::TERM);
        }
        for member in &mut self.members {
            member.await_end();
        }
    }

    /// Starts what is not running, and waits until the API says that it is ready.
    pub(crate) fn start(&mut self) {
        self.members[0].launch_if_dead();
        self.wait_until_ready();
        for member in &mut self.members {
            member.launch_if_dead();
        }
    }

    pub(crate) fn wait_until_ready(&mut self) {
        let api = self.api;
        let started = Instant::now();
        loop {
            let seen = match Request::get("/readyz").try_send(api) {
                Ok(answer) if answer.status == 200 => return,
                Ok(answer) => answer.text,
                Err(error) => error.to_string(),
            };
            let dead = self.members.iter_mut().find_map(|member| member.has_died().then(|| member.role.clone()));
            assert!(dead.is_none(), "{dead:?} ended at its start\n{}", self.logs());
            assert!(started.elapsed() < LIMIT, "not ready after {LIMIT:?}; last seen: {seen}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Returns the indexes of the members with this role.
    pub(crate) fn of_role(&self, role: &str) -> Vec<usize> {
        (0..self.members.len()).filter(|index| self.members[*index].role == role).collect()
    }

    /// The end of the log of each process that ever ran, for a row that did not hold.
    pub(crate) fn logs(&self) -> String {
        let mut text = String::new();
        for member in &self.members {
            let log = std::fs::read_to_string(&member.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            text.push_str(&format!(
                "--- {}\n{}\n",
                member.log.display(),
                lines[lines.len().saturating_sub(60)..].join("\n")
            ));
        }
        text
    }
}

impl Member {
    /// Sets or clears a variable for the next start.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.environment.insert(name.to_owned(), value.to_owned()),
            None => self.environment.remove(name),
        };
    }

    pub(crate) fn launch_if_dead(&mut self) {
        if !self.is_running() {
            self.launch();
        }
    }

    fn launch(&mut self) {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).expect("a log file");
        let mut command = Command::new(BINARY);
        command.args(&self.arguments).env_remove("RUST_LOG").envs(&self.environment);
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a file can be shared")).stderr(log);
        self.child = Some(command.spawn().expect("the binary starts"));
    }

    pub(crate) fn is_launched(&self) -> bool {
        self.child.is_some()
    }

    fn has_died(&mut self) -> bool {
        self.child.is_some() && !self.is_running()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Ends the process as `kill -9` does, the process alone.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ended = child.kill();
            let _status = child.wait();
        }
    }

    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.launch();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.as_ref().and_then(|child| i32::try_from(child.id()).ok()).and_then(Pid::from_raw);
        // A process that has ended hears nothing.
        let _gone = id.map(|id| kill_process(id, signal));
    }

    /// Returns how many bytes of memory the process has resident.
    pub(crate) fn resident(&self) -> usize {
        let id = self.child.as_ref().map(Child::id).expect("a process that runs");
        let text = std::fs::read_to_string(format!("/proc/{id}/status")).expect("what the kernel knows of a process");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the line VmRSS");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
    }

    /// Asks the process to stop and waits until it has.
    pub(crate) fn stop(&mut self) {
        self.signal(Signal::TERM);
        self.await_end();
    }

    /// Waits for the end of a process that was asked to stop; asking twice would make it drop what it does.
    fn await_end(&mut self) {
        let role = self.role.clone();
        eventually(&format!("{role} to stop"), || if self.is_running() { Err("it is running") } else { Ok(()) });
        self.child = None;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.signal(Signal::CONT);
        self.kill();
    }
}
