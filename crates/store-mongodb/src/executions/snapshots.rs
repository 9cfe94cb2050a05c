//! Versions of actions by hash: they never change, so each is stored once and kept in memory.
//!
//! None is ever removed: another process may just be creating an execution of a version that nothing named a moment ago. There are as
//! many as there were versions of actions.

use std::collections::HashMap;
use std::sync::Arc;

use mongodb::bson::{Bson, doc};
use parking_lot::Mutex;
use squall_model::ActionSnapshot;
use squall_store::{Error, Result};

use crate::connection::{Connection, bounded, failure, is_duplicate, patient};
use crate::payload::{self, Payloads};

const SNAPSHOTS: &str = "action_snapshot";
/// How many versions are kept in memory.
const KEPT: usize = 2048;

#[derive(Default)]
pub(crate) struct Snapshots {
    known: Mutex<HashMap<String, Arc<ActionSnapshot>>>,
}

impl Snapshots {
    /// Stores the version unless it is known to be there.
    pub(crate) async fn keep(&self, connection: &Connection, snapshot: &Arc<ActionSnapshot>) -> Result<()> {
        if self.known.lock().contains_key(&snapshot.hash) {
            return Ok(());
        }
        let body = serde_json::to_vec(snapshot).map_err(|error| Error::Corrupt(error.to_string()))?;
        let mut payloads = Payloads::of(connection, format!("{SNAPSHOTS}:{}", snapshot.hash));
        let stored = doc! {"_id": &snapshot.hash, "body": payloads.put(&body).await?};
        match patient(connection.collection(SNAPSHOTS).insert_one(stored)).await? {
            Ok(_) => {}
            Err(error) if is_duplicate(&error) => payloads.withdraw().await?,
            Err(error) => return Err(failure(error)),
        }
        self.remember(snapshot);
        Ok(())
    }

    pub(crate) async fn get(&self, connection: &Connection, hash: &str) -> Result<Arc<ActionSnapshot>> {
        if let Some(known) = self.known.lock().get(hash) {
            return Ok(Arc::clone(known));
        }
        let found = bounded(connection.collection(SNAPSHOTS).find_one(doc! {"_id": hash})).await?;
        let mut document = found.unwrap_or_else(|| doc! {"body": Bson::Null});
        let body = payload::need(connection, &mut document, "body").await?;
        let snapshot: Arc<ActionSnapshot> =
            Arc::new(serde_json::from_slice(&body).map_err(|error| Error::Corrupt(error.to_string()))?);
        self.remember(&snapshot);
        Ok(snapshot)
    }

    fn remember(&self, snapshot: &Arc<ActionSnapshot>) {
        let mut known = self.known.lock();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(snapshot.hash.clone(), Arc::clone(snapshot));
    }
}
