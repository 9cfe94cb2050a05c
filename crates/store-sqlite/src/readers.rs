//! Connections for reading.

use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use squall_store::{Error, Result};

use crate::failure;
use crate::schema::Location;

/// How many idle connections are kept.
const KEPT: usize = 4;

pub(crate) struct Readers {
    location: Arc<Location>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(location: Arc<Location>) -> Self {
        // A shared in-memory database lives as long as a connection to it does.
        let kept = if location.is_in_memory() { location.connect().ok() } else { None };
        Self { location, idle: Mutex::new(kept.into_iter().collect()) }
    }

    /// Reads at once: for look-ups of a row or a few.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.location.connect().map_err(failure)?,
        };
        let outcome = work(&connection);
        let mut idle = self.idle.lock();
        if idle.len() < KEPT {
            idle.push(connection);
        }
        outcome
    }

    /// Reads on a thread of its own: for lists.
    pub(crate) async fn read_aside<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || readers.read(work))
            .await
            .map_err(|error| Error::Unavailable(format!("reading ended: {error}")))?
    }
}
