//! Which store and which bus: the one place that knows the adapters.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use squall_bus::{Bus, InProcessBus};
use squall_store::Store;

use crate::config::Config;

/// Store and bus of a process, and what keeps them to it.
pub(crate) struct Backends {
    pub(crate) store: Store,
    pub(crate) bus: Arc<dyn Bus>,
    /// The data directory belongs to this process: what it started is noted there. The embedded store locks it itself.
    _database: Option<squall_store_sqlite::Opened>,
    _lock: Option<File>,
}

impl Backends {
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let bus = open_bus(config).await?;
        if config.settings.embedded {
            let options = squall_store_sqlite::Options { path: Some(config.database()), max_pages: None };
            let opened = squall_store_sqlite::open(&options)?;
            return Ok(Self { store: opened.store.clone(), bus, _database: Some(opened), _lock: None });
        }
        let _lock = lock(&config.settings.data_dir.join("squall.lock"))?;
        bail!("MongoDB is not built in yet")
    }
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
