//! The services of the compose file as local processes: names of hosts and places in the image become what they are here.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::file::{ComposeFile, Service};
use crate::support::lanes::Lanes;
use crate::support::processes::{Owned, free_ports};
use crate::support::waiting::eventually;

const BINARY: &str = env!("CARGO_BIN_EXE_squall");
const FACES: [&str; 3] = ["api", "auth", "stream"];

pub(crate) struct LocalServices {
    faces: BTreeMap<&'static str, SocketAddr>,
    processes: Vec<Process>,
}

struct Process {
    name: String,
    health_check: Vec<String>,
    log: PathBuf,
    _process: Owned,
}

impl LocalServices {
    /// Starts every replica of every service, all at once as compose does.
    pub(crate) fn start(directory: &Path, compose: &ComposeFile, lanes: &Lanes) -> Self {
        std::fs::create_dir_all(directory.join("packs")).expect("a directory of packs");
        let ports: [SocketAddr; 3] = free_ports();
        let faces: BTreeMap<&'static str, SocketAddr> = FACES.into_iter().zip(ports).collect();
        let place =
            Place { directory, lanes, faces: &faces, installation: format!("squall_compose_{}", std::process::id()) };
        let replicas =
            compose.services.iter().flat_map(|service| (0..service.replicas).map(move |number| (service, number)));
        let processes = replicas.map(|(service, number)| place.launch(service, number)).collect();
        Self { faces, processes }
    }

    pub(crate) fn url(&self, face: &str) -> String {
        format!("http://{}", self.faces[face])
    }

    /// Waits until the health check of every replica says yes.
    pub(crate) fn wait_until_healthy(&self) {
        for process in &self.processes {
            eventually(&format!("{} to be healthy", process.name), || {
                let output =
                    Command::new(BINARY).args(&process.health_check).output().expect("the health check starts");
                let said = || {
                    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
                };
                if output.status.success() { Ok(()) } else { Err(said()) }
            });
        }
    }

    /// The end of every log.
    pub(crate) fn logs(&self) -> String {
        let tail = |process: &Process| {
            let log = std::fs::read_to_string(&process.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            format!("--- {}\n{}\n", process.name, lines[lines.len().saturating_sub(20)..].join("\n"))
        };
        self.processes.iter().map(tail).collect()
    }
}

/// What the names in the compose file mean here.
struct Place<'a> {
    directory: &'a Path,
    lanes: &'a Lanes,
    faces: &'a BTreeMap<&'static str, SocketAddr>,
    installation: String,
}

impl Place<'_> {
    fn launch(&self, service: &Service, number: u64) -> Process {
        let name = format!("{}-{number}", service.name);
        let [health] = free_ports();
        let mut environment: BTreeMap<String, String> = service
            .environment
            .iter()
            .map(|(variable, value)| (variable.clone(), self.translate(&name, value)))
            .collect();
        environment.insert("SQUALL_HEALTH_PORT".to_owned(), health.port().to_string());
        environment.insert("SQUALL_BUS_PREFIX".to_owned(), self.installation.clone());
        environment.insert("SQUALL_LOG_LEVEL".to_owned(), "warn".to_owned());
        for (face, address) in self.faces {
            environment.insert(format!("SQUALL_{}_PORT", face.to_uppercase()), address.port().to_string());
        }
        let port = &service.environment["SQUALL_HEALTH_PORT"];
        let replaced = |word: &String| word.replace(&format!(":{port}"), &format!(":{}", health.port()));
        let log = self.directory.join(format!("{name}.log"));
        let output = File::create(&log).expect("a log file");
        let mut command = Command::new(BINARY);
        command.args(&service.command).env_clear().envs(environment);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::null()).stdout(output.try_clone().expect("a file can be shared")).stderr(output);
        let process = Owned(command.spawn().expect("the binary starts"));
        assert_eq!(service.health_check[0], "squall", "{name}");
        let health_check = service.health_check[1..].iter().map(replaced).collect();
        Process { name, health_check, log, _process: process }
    }

    fn translate(&self, name: &str, value: &str) -> String {
        let below = |part: &str| self.directory.join(part).display().to_string();
        match value {
            "/var/lib/squall/data" => below(&format!("data-{name}")),
            "/var/lib/squall/keys" => below("keys"),
            "/opt/squall/packs" => below("packs"),
            "/opt/squall/configs" => below("configs"),
            "0.0.0.0" => "127.0.0.1".to_owned(),
            "http://api:9101/v1" => format!("http://{}/v1", self.faces["api"]),
            url if url.starts_with("mongodb://mongodb:27017/squall") => self.lanes.database(&self.installation),
            url if url.starts_with("amqp://") => self.lanes.bus.clone(),
            other => other.to_owned(),
        }
    }
}
