//! The embedded store: SQLite behind the store port.
//!
//! One writer thread drains a channel into one commit (WAL): one fsync when idle, many rows per fsync under load, none for what the
//! platform would decide again.
//! Readers have their own connections. The data directory is locked: one process owns the store, so caches need no other witness.

mod backup;
mod batch;
mod cache;
mod columns;
mod executions;
mod outputs;
mod readers;
mod resources;
mod schema;
mod sql;
mod workflows;
mod writer;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use squall_model::Resource;
use squall_store::{Error, Result, Store};

pub use crate::backup::{Lock, lock, snapshot, verify};
use crate::batch::SqliteBatch;
use crate::cache::Generations;
use crate::executions::SqliteExecutions;
use crate::outputs::SqliteOutputs;
use crate::readers::Readers;
use crate::resources::SqliteResources;
use crate::workflows::SqliteWorkflows;
use crate::writer::Writer;

/// How to open the store.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The database file; its directory must exist. Without it the store is in memory and gone when dropped.
    pub path: Option<PathBuf>,
    /// The most pages that the database may have, to try what a full disk does.
    pub max_pages: Option<u32>,
}

/// Keeps the data directory locked for as long as it lives.
pub struct Opened {
    pub store: Store,
    _lock: Option<File>,
}

/// Opens or creates the store; refuses when another process has it.
pub fn open(options: &Options) -> Result<Opened> {
    let lock = options.path.as_deref().map(lock_beside).transpose()?;
    let location = Arc::new(schema::Location::of(options));
    let writing = location.connect().map_err(failure)?;
    schema::prepare(&writing, options).map_err(failure)?;
    let readers = Arc::new(Readers::new(Arc::clone(&location)));
    let parts = Parts { writer: Writer::start(writing)?, readers, generations: Arc::new(Generations::default()) };
    Ok(Opened { store: parts.store(), _lock: lock })
}

/// Opens a store in memory, for tests.
pub fn open_in_memory() -> Result<Store> {
    open(&Options::default()).map(|opened| opened.store)
}

fn lock_beside(path: &Path) -> Result<File> {
    let lock_path = path.with_extension("lock");
    let file =
        File::create(&lock_path).map_err(|error| Error::Unavailable(format!("{}: {error}", lock_path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::Unavailable(format!("another process is using {}", path.display())))
        }
        Err(TryLockError::Error(error)) => Err(Error::Unavailable(format!("{}: {error}", lock_path.display()))),
    }
}

#[derive(Clone)]
struct Parts {
    writer: Writer,
    readers: Arc<Readers>,
    generations: Arc<Generations>,
}

impl Parts {
    fn store(&self) -> Store {
        Store {
            batch: Arc::new(SqliteBatch::new(self.clone())),
            executions: Arc::new(SqliteExecutions::new(self.clone())),
            outputs: Arc::new(SqliteOutputs::new(self.clone())),
            workflows: Arc::new(SqliteWorkflows::new(self.clone())),
            actions: self.cached(),
            aliases: self.cached(),
            api_keys: self.cached(),
            config_schemas: self.cached(),
            configs: self.cached(),
            keys: self.uncached(),
            packs: self.cached(),
            policies: self.cached(),
            policy_types: self.cached(),
            processes: self.uncached(),
            registrations: self.uncached(),
            rule_enforcements: self.uncached(),
            rules: self.cached(),
            runner_types: self.cached(),
            sensor_states: self.uncached(),
            sensors: self.cached(),
            timer_states: self.uncached(),
            tokens: self.cached(),
            traces: self.uncached(),
            trigger_instances: self.uncached(),
            trigger_types: self.cached(),
            triggers: self.cached(),
            users: self.cached(),
        }
    }

    fn cached<T: Resource>(&self) -> Arc<SqliteResources<T>> {
        Arc::new(SqliteResources::new(self.clone(), true))
    }

    fn uncached<T: Resource>(&self) -> Arc<SqliteResources<T>> {
        Arc::new(SqliteResources::new(self.clone(), false))
    }
}

/// Says what an error of SQLite means to a caller.
fn failure(error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode as Code;
    match &error {
        rusqlite::Error::SqliteFailure(inner, _) => match inner.code {
            Code::DiskFull => Error::Unavailable("the disk is full".to_owned()),
            Code::DatabaseBusy | Code::DatabaseLocked => Error::Unavailable("the database is locked".to_owned()),
            Code::ReadOnly | Code::CannotOpen | Code::SystemIoFailure | Code::OutOfMemory => {
                Error::Unavailable(error.to_string())
            }
            _ => Error::Corrupt(error.to_string()),
        },
        _ => Error::Corrupt(error.to_string()),
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Corrupt(error.to_string())
}
