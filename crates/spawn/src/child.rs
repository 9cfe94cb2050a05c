//! A running process tree. Counterpart: st2common/util/shell.py, `kill_process`.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::identity::ProcessIdentity;
use crate::output::OutputChunk;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
}

impl Exit {
    /// Returns the exit code as Python's `subprocess` gives it: a death by signal is negative.
    pub fn return_code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => -signal,
        }
    }
}

/// What happened to a child since the caller last looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChildEvent {
    Output(OutputChunk),
    /// The last event: the leader ended and nobody holds its output open.
    Finished(Exit),
}

/// A child and its process group. Dropping it before [`Child::wait`] returned kills the group.
#[derive(Debug)]
pub struct Child {
    process: tokio::process::Child,
    identity: ProcessIdentity,
    output: mpsc::Receiver<OutputChunk>,
    channel: Option<UnixStream>,
    finished: bool,
}

impl Child {
    pub(crate) fn new(
        process: tokio::process::Child,
        identity: ProcessIdentity,
        output: mpsc::Receiver<OutputChunk>,
        channel: Option<UnixStream>,
    ) -> Self {
        Self { process, identity, output, channel, finished: false }
    }

    /// Who leads the group; its pid is the number of the group.
    pub fn identity(&self) -> ProcessIdentity {
        self.identity
    }

    /// Hands out the other end of [`crate::Stdin::Channel`], once.
    pub fn take_channel(&mut self) -> Option<UnixStream> {
        self.channel.take()
    }

    /// Returns the next piece of output; `None` when every holder of both streams has closed them. Cancel safe.
    pub async fn next_output(&mut self) -> Option<OutputChunk> {
        self.output.recv().await
    }

    /// Returns the next piece of output, and at the end the exit. Cancel safe.
    pub async fn next_event(&mut self) -> io::Result<ChildEvent> {
        match self.output.recv().await {
            Some(chunk) => Ok(ChildEvent::Output(chunk)),
            None => self.wait().await.map(ChildEvent::Finished),
        }
    }

    /// Waits for the leader of the group. Cancel safe; may be called again.
    pub async fn wait(&mut self) -> io::Result<Exit> {
        let status = self.process.wait().await?;
        self.finished = true;
        Ok(match (status.code(), status.signal()) {
            (Some(code), _) => Exit::Code(code),
            (None, signal) => Exit::Signal(signal.unwrap_or(0)),
        })
    }

    /// Asks the whole group to end, and after `grace` makes it end. Returns when the leader is gone.
    pub async fn kill_tree(&mut self, grace: Duration) -> io::Result<Exit> {
        if !self.finished {
            self.signal_group(Signal::TERM);
        }
        let ended = tokio::time::timeout(grace, self.wait()).await;
        // Also when the leader obeyed: a grandchild may have ignored the request. The number of the group cannot have
        // been given away in the instant since the leader was reaped.
        self.signal_group(Signal::KILL);
        match ended {
            Ok(exit) => exit,
            Err(_) => self.wait().await,
        }
    }

    fn signal_group(&self, signal: Signal) {
        signal_group(self.identity.pid, signal);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.finished {
            self.signal_group(Signal::KILL);
        }
    }
}

/// Signals every process of a group; a group that is gone is not an error.
pub(crate) fn signal_group(group: u32, signal: Signal) {
    let Some(pid) = i32::try_from(group).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw) else { return };
    match kill_process_group(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(error) => tracing::warn!(%error, group, ?signal, "signalling a process group failed"),
    }
}
