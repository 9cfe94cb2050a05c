//! Which kinds of documents changed, so that copies in memory are known to be fresh.

use std::collections::HashMap;

use parking_lot::Mutex;
use squall_store::Versioned;

/// A counter for each kind, moved after every commit that wrote to it.
#[derive(Default)]
pub(crate) struct Generations {
    counts: Mutex<HashMap<&'static str, u64>>,
}

impl Generations {
    pub(crate) fn of(&self, kind: &'static str) -> u64 {
        self.counts.lock().get(kind).copied().unwrap_or(0)
    }

    pub(crate) fn advance(&self, kind: &'static str) {
        *self.counts.lock().entry(kind).or_insert(0) += 1;
    }
}

/// How many documents of one kind are kept.
const MOST: usize = 4096;

/// Documents by unique key, valid for one generation.
pub(crate) struct Cache<T> {
    inner: Mutex<Known<T>>,
}

/// What was read while one generation was current: a document, or that there is none.
struct Known<T> {
    generation: u64,
    documents: HashMap<String, Option<Versioned<T>>>,
}

impl<T: Clone> Cache<T> {
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::new(Known { generation: 0, documents: HashMap::new() }) }
    }

    /// Returns what is known of the key in this generation: a document, or that there is none.
    pub(crate) fn get(&self, key: &str, generation: u64) -> Option<Option<Versioned<T>>> {
        let inner = self.inner.lock();
        if inner.generation == generation { inner.documents.get(key).cloned() } else { None }
    }

    /// Keeps what was read while `generation` was current.
    pub(crate) fn put(&self, key: &str, generation: u64, found: Option<Versioned<T>>) {
        let mut inner = self.inner.lock();
        if inner.generation > generation {
            return;
        }
        if inner.generation < generation || inner.documents.len() >= MOST {
            inner.documents.clear();
            inner.generation = generation;
        }
        inner.documents.insert(key.to_owned(), found);
    }
}
