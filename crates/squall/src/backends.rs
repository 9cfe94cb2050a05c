//! Which store and which bus: the one place that knows the adapters.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use squall_bus::{Bus, InProcessBus};
use squall_store::Store;

use crate::config::Config;
use crate::fault_points;

/// Store and bus of a process, and what keeps them to it.
pub(crate) struct Backends {
    pub(crate) opened: OpenedStore,
    pub(crate) bus: Arc<dyn Bus>,
    /// The data directory belongs to this process: what it started is noted there. The embedded store locks it itself.
    _lock: Option<File>,
}

/// A store, and what keeps an embedded one to this process.
pub(crate) struct OpenedStore {
    pub(crate) store: Store,
    _database: Option<squall_store_sqlite::Opened>,
}

impl Backends {
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let mut backends = if config.settings.embedded {
            Self { opened: open_embedded(&config.database())?, bus: open_bus(config).await?, _lock: None }
        } else {
            let lock = lock(&config.settings.data_dir.join("squall.lock"))?;
            let opened = open_shared(config.store_url.expose()).await?;
            Self { opened, bus: open_bus(config).await?, _lock: Some(lock) }
        };
        if fault_points::arm() {
            backends.opened.store = fault_points::around_store(backends.opened.store);
            backends.bus = fault_points::around_bus(backends.bus);
        }
        Ok(backends)
    }
}

/// Opens or creates the database of one process.
pub(crate) fn open_embedded(database: &Path) -> Result<OpenedStore> {
    let options = squall_store_sqlite::Options { path: Some(database.to_owned()), max_pages: None };
    let opened = squall_store_sqlite::open(&options)?;
    Ok(OpenedStore { store: opened.store.clone(), _database: Some(opened) })
}

/// Opens the database that processes share.
pub(crate) async fn open_shared(url: &str) -> Result<OpenedStore> {
    bail!("MongoDB is not built in yet")
}

async fn open_bus(config: &Config) -> Result<Arc<dyn Bus>> {
    if config.is_bus_embedded() {
        return Ok(Arc::new(InProcessBus::default()));
    }
    bail!("RabbitMQ is not built in yet")
}

fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another process is using {}; every process needs a data directory of its own", path.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}
