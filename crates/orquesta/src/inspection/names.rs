//! Sets of variable names, cheap to copy and compare.

use std::collections::HashMap;

/// Numbers for names.
#[derive(Default)]
pub(super) struct NameNumbers(HashMap<String, usize>);

impl NameNumbers {
    pub(super) fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let number = self.0.len();
        self.0.insert(name.to_owned(), number);
        number
    }
}

/// A set of numbered names, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NameSet(Vec<u64>);

impl NameSet {
    pub(super) fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    pub(super) fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// What copying the set costs.
    pub(super) const fn weight(&self) -> usize {
        self.0.len()
    }
}
