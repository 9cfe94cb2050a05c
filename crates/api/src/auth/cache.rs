//! What checked credentials said, for a few seconds, so that the hot path asks no store.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use squall_model::Timestamp;

use super::Requester;

/// How long an answer is believed; also how long a key that another process revoked stays good here.
const LIFETIME: Duration = Duration::from_secs(10);
const CAPACITY: usize = 10_000;

type Key = [u8; 32];

/// Remembers nothing where the store is shared: a credential that another process removed must not be good for a moment more.
pub(crate) struct TokenCache {
    is_alone: bool,
    known: RwLock<HashMap<Key, (Requester, Timestamp)>>,
}

impl TokenCache {
    /// Returns a cache for a process that is alone with its store, or for one of many.
    pub(crate) fn new(is_alone: bool) -> Self {
        Self { is_alone, known: RwLock::default() }
    }

    pub(crate) fn get(&self, text: &str, now: Timestamp) -> Option<Requester> {
        let known = self.known.read();
        known.get(&key(text)).filter(|(_, until)| now < *until).map(|(requester, _)| requester.clone())
    }

    pub(crate) fn put(&self, text: &str, requester: &Requester, now: Timestamp) {
        if !self.is_alone {
            return;
        }
        let mut known = self.known.write();
        if known.len() >= CAPACITY {
            known.retain(|_, (_, until)| now < *until);
        }
        if known.len() < CAPACITY {
            known.insert(key(text), (requester.clone(), now.after(LIFETIME)));
        }
    }

    /// Forgets everything: some credential was changed or removed.
    pub(crate) fn clear(&self) {
        self.known.write().clear();
    }
}

/// The text itself is not kept.
fn key(text: &str) -> Key {
    Sha256::digest(text.as_bytes()).into()
}
