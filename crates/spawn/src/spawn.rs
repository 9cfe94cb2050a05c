//! The description of a process to start, and the start.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::child::Child;
use crate::environment::inherited_environment;
use crate::identity::ProcessIdentity;
use crate::output::{DEFAULT_OUTPUT_LIMIT, OutputStream, pump};
use crate::probe;

/// Chunks that may wait for the reader before the child feels it.
const OUTPUT_QUEUE: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    #[error("program `{program}` not found in the search path")]
    ProgramNotFound { program: String },
    #[error("working directory `{path}` does not exist")]
    WorkingDirectory { path: PathBuf },
    #[error("starting `{program}` failed")]
    Start { program: String, source: io::Error },
}

/// What the child reads.
#[derive(Debug, Default)]
pub enum Stdin {
    /// Nothing: `/dev/null`.
    #[default]
    Null,
    /// These bytes, then end of file.
    Bytes(Vec<u8>),
    /// A socket in both directions; the other end is [`Child::take_channel`]. When this process dies, however it
    /// dies, the child reads end of file.
    Channel,
}

/// A process to start.
#[derive(Debug)]
pub struct Spawn {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// The whole environment of the child; [`Spawn::new`] begins with the inherited names.
    pub environment: BTreeMap<String, String>,
    pub working_directory: Option<PathBuf>,
    pub stdin: Stdin,
    /// Bytes of each output stream that are kept.
    pub output_limit: usize,
}

impl Spawn {
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            environment: inherited_environment(),
            working_directory: None,
            stdin: Stdin::Null,
            output_limit: DEFAULT_OUTPUT_LIMIT,
        }
    }

    /// Starts the process as the leader of its own process group. Needs a running Tokio reactor.
    pub fn start(self) -> Result<Child, SpawnError> {
        let program = resolve_program(&self.program, self.environment.get("PATH").map(String::as_str))?;
        if let Some(directory) = self.working_directory.as_deref().filter(|directory| !directory.is_dir()) {
            return Err(SpawnError::WorkingDirectory { path: directory.to_owned() });
        }
        let name = program.display().to_string();
        let failed = |source| SpawnError::Start { program: name.clone(), source };

        let mut command = Command::new(&program);
        command.args(&self.args).env_clear().envs(&self.environment).process_group(0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(directory) = &self.working_directory {
            command.current_dir(directory);
        }
        let channel = prepare_stdin(&mut command, &self.stdin).map_err(failed)?;
        probe::reach("spawn.before");
        let mut process = command.spawn().map_err(failed)?;
        probe::reach("spawn.after");
        let pid = process.id().ok_or_else(|| failed(io::Error::other("the child has no process id")))?;
        // A child that is gone already cannot be read any more; then nothing is left to be recognised either.
        let identity = ProcessIdentity::of(pid).unwrap_or(ProcessIdentity { pid, start_time: 0 });

        feed_stdin(&mut process, self.stdin);
        let (sender, output) = mpsc::channel(OUTPUT_QUEUE);
        if let Some(stdout) = process.stdout.take() {
            tokio::spawn(pump(stdout, OutputStream::Stdout, self.output_limit, sender.clone()));
        }
        if let Some(stderr) = process.stderr.take() {
            tokio::spawn(pump(stderr, OutputStream::Stderr, self.output_limit, sender));
        }
        Ok(Child::new(process, identity, output, channel))
    }
}

fn prepare_stdin(command: &mut Command, stdin: &Stdin) -> io::Result<Option<UnixStream>> {
    match stdin {
        Stdin::Null => {
            command.stdin(Stdio::null());
            Ok(None)
        }
        Stdin::Bytes(_) => {
            command.stdin(Stdio::piped());
            Ok(None)
        }
        Stdin::Channel => {
            let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
            ours.set_nonblocking(true)?;
            command.stdin(Stdio::from(OwnedFd::from(theirs)));
            UnixStream::from_std(ours).map(Some)
        }
    }
}

/// Writes in the background: a child need not read its input before it prints.
fn feed_stdin(process: &mut tokio::process::Child, stdin: Stdin) {
    let (Stdin::Bytes(bytes), Some(mut pipe)) = (stdin, process.stdin.take()) else { return };
    tokio::spawn(async move {
        if let Err(error) = pipe.write_all(&bytes).await {
            tracing::debug!(%error, "a child did not read all of its input");
        }
    });
}

/// Finds the program now: a lookup left to the child makes the standard library fall back to `fork`.
fn resolve_program(program: &Path, search_path: Option<&str>) -> Result<PathBuf, SpawnError> {
    if program.components().count() > 1 || program.is_absolute() {
        return Ok(program.to_owned());
    }
    std::env::split_paths(search_path.unwrap_or_default())
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| SpawnError::ProgramNotFound { program: program.display().to_string() })
}
