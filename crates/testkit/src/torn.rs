//! A store whose batches are cut off: what a crash, or an answer that got lost, does to a store without transactions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use squall_store::{Batch, Error, Result, Store, Write, Written};

/// How a store is torn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tear {
    /// After how many writes of batches, counted over all batches.
    pub after: usize,
    /// Whether the commit that makes the last of these writes fails all the same: all was written, and the answer was lost.
    pub loses_answer: bool,
    /// Whether the store can be written again at once, or not before [`TornStore::mend`]: the process has died.
    pub for_good: bool,
}

/// Wraps any store. Its batches are not atomic: each write is one of its own.
pub struct TornStore {
    pub store: Store,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    tear: Option<Tear>,
    made: usize,
    has_torn: bool,
}

impl TornStore {
    /// Wraps a store that is whole until [`TornStore::tear`].
    pub fn new(inner: Store) -> Self {
        let state = Arc::new(Mutex::new(State { tear: None, made: 0, has_torn: false }));
        let batch = TornBatch { inner: Arc::clone(&inner.batch), state: Arc::clone(&state) };
        Self { store: Store { batch: Arc::new(batch), ..inner }, state }
    }

    /// Counts from now on.
    pub fn tear(&self, tear: Tear) {
        *lock(&self.state) = State { tear: Some(tear), made: 0, has_torn: false };
    }

    /// Lets everything be written again.
    pub fn mend(&self) {
        lock(&self.state).tear = None;
    }

    /// Tells whether a commit was cut off: when none was, there are no more places to try.
    pub fn has_torn(&self) -> bool {
        lock(&self.state).has_torn
    }
}

/// Returns every way to tear a store after so many writes.
pub fn tears(after: usize) -> [Tear; 4] {
    [(false, false), (false, true), (true, false), (true, true)].map(|(loses_answer, for_good)| Tear {
        after,
        loses_answer,
        for_good,
    })
}

struct TornBatch {
    inner: Arc<dyn Batch>,
    state: Arc<Mutex<State>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Tells whether the store tears here.
    fn tears(&mut self, is_behind_a_write: bool) -> bool {
        let Some(tear) = self.tear else { return false };
        if self.made < tear.after || (is_behind_a_write && !tear.loses_answer) {
            return false;
        }
        self.has_torn = true;
        if !tear.for_good {
            self.tear = None;
        }
        true
    }
}

#[async_trait]
impl Batch for TornBatch {
    async fn commit(&self, writes: Vec<Write>) -> Result<Vec<Written>> {
        let torn = || Err(Error::Unavailable("the store was torn".to_owned()));
        let mut written = Vec::with_capacity(writes.len());
        for (index, write) in writes.into_iter().enumerate() {
            if lock(&self.state).tears(false) {
                return torn();
            }
            match self.inner.commit(vec![write]).await {
                Ok(one) => written.extend(one),
                Err(Error::Refused { .. }) => return Err(Error::Refused { index }),
                Err(error) => return Err(error),
            }
            let mut state = lock(&self.state);
            state.made += 1;
            if state.tears(true) {
                return torn();
            }
        }
        Ok(written)
    }

    fn is_atomic(&self) -> bool {
        false
    }
}
