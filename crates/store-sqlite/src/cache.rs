//! Which kinds of documents changed, so that copies in memory are known to be fresh.

use std::collections::HashMap;

use parking_lot::Mutex;

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

/// Answers by what was asked, valid for one generation.
pub(crate) struct Cache<A> {
    most: usize,
    inner: Mutex<Known<A>>,
}

/// What was read while one generation was current.
struct Known<A> {
    generation: u64,
    answers: HashMap<String, A>,
}

impl<A: Clone> Cache<A> {
    /// A cache of so many answers.
    pub(crate) fn of(most: usize) -> Self {
        Self { most, inner: Mutex::new(Known { generation: 0, answers: HashMap::new() }) }
    }

    /// Returns the answer if it is known in this generation.
    pub(crate) fn get(&self, question: &str, generation: u64) -> Option<A> {
        let inner = self.inner.lock();
        if inner.generation == generation { inner.answers.get(question).cloned() } else { None }
    }

    /// Keeps what was read while `generation` was current.
    pub(crate) fn put(&self, question: String, generation: u64, answer: A) {
        let mut inner = self.inner.lock();
        if inner.generation > generation {
            return;
        }
        if inner.generation < generation || inner.answers.len() >= self.most {
            inner.answers.clear();
            inner.generation = generation;
        }
        inner.answers.insert(question, answer);
    }
}
