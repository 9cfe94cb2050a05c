//! Remembers on disk which process groups this server started, so that the next one can end what a killed server
//! left behind: an action that is run again must not meet its former self.
//!
//! Layout: `<directory>/<owner pid>-<owner start time>/<execution id>`, written before the process is started and holding
//! `<leader pid> <leader start time>` once it is: whoever is killed in between leaves an empty file, and the process is found by its
//! environment. One small file per running child, no fsync: a power cut ends the processes too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::child::signal_group;
use crate::identity::{ProcessIdentity, ProcessStat};

/// Every process started for an execution carries its id in this variable.
const EXECUTION_VARIABLE: &str = "ST2_ACTION_EXECUTION_ID";

#[derive(Debug, thiserror::Error)]
#[error("process registry `{path}`")]
pub struct RegistryError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// The process groups of this server, on disk.
#[derive(Debug)]
pub struct Registry {
    directory: PathBuf,
    own: PathBuf,
}

/// One remembered group; dropping it forgets it.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
}

impl Record {
    /// Adds which process it became.
    pub fn identify(&self, leader: ProcessIdentity) -> Result<(), RegistryError> {
        let written = fs::write(&self.path, format!("{} {}", leader.pid, leader.start_time));
        written.map_err(|source| RegistryError { path: self.path.clone(), source })
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, path = %self.path.display(), "process record was gone");
        }
    }
}

impl Registry {
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, RegistryError> {
        let directory = directory.into();
        let failed = |source| RegistryError { path: directory.clone(), source };
        let owner = ProcessIdentity::of_this_process().map_err(failed)?;
        let own = directory.join(owner_name(owner));
        fs::create_dir_all(&own).map_err(failed)?;
        Ok(Self { directory, own })
    }

    /// Remembers, until the record is dropped, that a process is about to be started for an execution.
    pub fn announce(&self, execution_id: &str) -> Result<Record, RegistryError> {
        let path = self.own.join(execution_id);
        if !is_plain_name(execution_id) {
            return Err(RegistryError { path, source: io::Error::from(io::ErrorKind::InvalidInput) });
        }
        fs::write(&path, "").map_err(|source| RegistryError { path: path.clone(), source })?;
        Ok(Record { path })
    }

    /// Kills what owners that are gone have left running, and forgets them. Returns the execution ids whose
    /// processes were killed.
    pub fn reap_strays(&self) -> Result<Vec<String>, RegistryError> {
        let mut killed = Vec::new();
        for owner in names_in(&self.directory)? {
            if parse_pair(&owner, '-').is_none_or(|owner| owner.is_alive()) {
                continue;
            }
            let former = self.directory.join(&owner);
            for execution_id in names_in(&former)? {
                if kill_stray(&former, &execution_id) {
                    tracing::warn!(%execution_id, "ended a process that a former server had left running");
                    killed.push(execution_id);
                }
            }
            fs::remove_dir_all(&former).map_err(|source| RegistryError { path: former, source })?;
        }
        Ok(killed)
    }
}

/// How long a process may have no environment to be seen, because it is just becoming another program.
const EXEC: Duration = Duration::from_millis(20);

fn kill_stray(owner: &Path, execution_id: &str) -> bool {
    let text = fs::read_to_string(owner.join(execution_id)).unwrap_or_default();
    // A group that outlived its leader is recognised by its environment: its number may have been taken since by a stranger.
    let group = match parse_pair(&text, ' ') {
        Some(leader) if leader.is_alive() => Some(leader.pid),
        Some(leader) => groups_of(execution_id).find(|group| *group == leader.pid),
        None => groups_of(execution_id).next().or_else(|| {
            thread::sleep(EXEC);
            groups_of(execution_id).next()
        }),
    };
    group.inspect(|group| signal_group(*group, Signal::KILL)).is_some()
}

/// Returns the groups of the processes that carry the execution's id.
fn groups_of(execution_id: &str) -> impl Iterator<Item = u32> {
    let marker = format!("{EXECUTION_VARIABLE}={execution_id}");
    let processes = names_in(Path::new("/proc")).unwrap_or_default();
    processes.into_iter().filter_map(|name| name.parse().ok()).filter_map(move |pid: u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let carries_it = environment.split(|byte| *byte == 0).any(|entry| entry == marker.as_bytes());
        carries_it.then(|| ProcessStat::of(pid).ok()).flatten().map(|stat| stat.process_group)
    })
}

fn owner_name(owner: ProcessIdentity) -> String {
    format!("{}-{}", owner.pid, owner.start_time)
}

fn parse_pair(text: &str, separator: char) -> Option<ProcessIdentity> {
    let (pid, start_time) = text.trim().split_once(separator)?;
    Some(ProcessIdentity { pid: pid.parse().ok()?, start_time: start_time.parse().ok()? })
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn names_in(directory: &Path) -> Result<Vec<String>, RegistryError> {
    let failed = |source| RegistryError { path: directory.to_owned(), source };
    let entries = fs::read_dir(directory).map_err(failed)?;
    Ok(entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

#[cfg(test)]
mod tests;
