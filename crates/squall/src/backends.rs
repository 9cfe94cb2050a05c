//! Which store and which bus: the one place that knows the adapters.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use squall_bus::wire::Originals;
use squall_bus::{Bus, InProcessBus};
use squall_bus_rabbitmq::RabbitBus;
use squall_model::{Execution, Id, TriggerInstance};
use squall_store::Store;
use tracing::warn;

use crate::config::Config;
use crate::fault_points;

/// How long to wait before the store is asked again, at first and at most.
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(2);

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
        let (opened, lock) = if config.settings.embedded {
            (open_embedded(&config.database())?, None)
        } else {
            let lock = lock(&config.settings.data_dir.join("squall.lock"))?;
            (wait_for_shared(config.store_url.expose()).await?, Some(lock))
        };
        let bus = open_bus(config, &opened.store)?;
        let mut backends = Self { opened, bus, _lock: lock };
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

/// Opens the database that processes share as soon as it answers: processes may start before what they need.
async fn wait_for_shared(url: &str) -> Result<OpenedStore> {
    let mut rest = FIRST_REST;
    loop {
        match squall_store_mongodb::open(&shared_options(url)).await {
            Ok(store) => return Ok(OpenedStore { store, _database: None }),
            Err(error) if error.is_temporary() => warn!(%error, "waiting for the store"),
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(rest).await;
        rest = LONGEST_REST.min(rest * 2);
    }
}

fn shared_options(url: &str) -> squall_store_mongodb::Options {
    squall_store_mongodb::Options { url: url.to_owned(), database: None }
}

/// Opens the database that processes share.
pub(crate) async fn open_shared(url: &str) -> Result<OpenedStore> {
    Ok(OpenedStore { store: squall_store_mongodb::open(&shared_options(url)).await?, _database: None })
}

fn open_bus(config: &Config, store: &Store) -> Result<Arc<dyn Bus>> {
    if config.is_bus_embedded() {
        return Ok(Arc::new(InProcessBus::default()));
    }
    let options = squall_bus_rabbitmq::Options {
        name: format!("squall {} (process {})", config.roles.join("+"), std::process::id()),
        prefix: config.bus_prefix.clone(),
        ..squall_bus_rabbitmq::Options::new(config.bus_url.expose())
    };
    Ok(Arc::new(RabbitBus::start(options, Arc::new(StoredOriginals(store.clone())))?))
}

/// What messages leave out is in the store.
struct StoredOriginals(Store);

#[async_trait]
impl Originals for StoredOriginals {
    async fn execution(&self, id: &Id) -> squall_bus::Result<Option<Arc<Execution>>> {
        self.0.executions.get(id).await.map_err(unavailable)
    }

    async fn trigger_instance(&self, id: &Id) -> squall_bus::Result<Option<Arc<TriggerInstance>>> {
        let found = self.0.trigger_instances.get(id).await.map_err(unavailable)?;
        Ok(found.map(|found| Arc::new(found.value)))
    }
}

fn unavailable(error: squall_store::Error) -> squall_bus::Error {
    squall_bus::Error::Unavailable(error.to_string())
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
