//! Remembers on disk which process groups this server started, so that the next one can end what a killed server
//! left behind: an action that is run again must not meet its former self.
//!
//! Layout: `<directory>/<owner pid>-<owner start time>/<execution id>` holding `<leader pid> <leader start time>`.
//! One small file per running child, no fsync: a power cut ends the processes too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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

    /// Remembers a group until the record is dropped.
    pub fn record(&self, execution_id: &str, leader: ProcessIdentity) -> Result<Record, RegistryError> {
        let path = self.own.join(execution_id);
        if !is_plain_name(execution_id) {
            return Err(RegistryError { path, source: io::Error::from(io::ErrorKind::InvalidInput) });
        }
        fs::write(&path, format!("{} {}", leader.pid, leader.start_time))
            .map_err(|source| RegistryError { path: path.clone(), source })?;
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

fn kill_stray(owner: &Path, execution_id: &str) -> bool {
    let text = fs::read_to_string(owner.join(execution_id)).unwrap_or_default();
    let Some(leader) = parse_pair(&text, ' ') else { return false };
    if !leader.is_alive() && !has_orphans(leader.pid, execution_id) {
        return false;
    }
    signal_group(leader.pid, Signal::KILL);
    true
}

/// True if the group outlived its leader. The group's number may have been taken since by a stranger, hence the look
/// at the environment.
fn has_orphans(group: u32, execution_id: &str) -> bool {
    let marker = format!("{EXECUTION_VARIABLE}={execution_id}");
    let Ok(processes) = names_in(Path::new("/proc")) else { return false };
    processes.iter().filter_map(|name| name.parse().ok()).any(|pid: u32| {
        ProcessStat::of(pid).is_ok_and(|stat| stat.process_group == group)
            && fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == marker.as_bytes()))
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
