//! Documents of one kind.

use async_trait::async_trait;
use squall_model::{Id, Resource};

use crate::{Page, Query, Result};

/// A document with the revision that a replacement must name.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    pub value: T,
    pub revision: u64,
}

/// The documents of one kind. Each method is atomic for one document; all but `insert` are idempotent.
#[async_trait]
pub trait Resources<T: Resource>: Send + Sync {
    async fn get(&self, id: &Id) -> Result<Option<Versioned<T>>>;

    /// Returns the document with this unique key (`ref`, `uid`, name: see [`Resource::unique_key`]).
    async fn find(&self, key: &str) -> Result<Option<Versioned<T>>>;

    async fn list(&self, query: &Query) -> Result<Page<T>>;

    /// Stores a new document; [`crate::Error::Conflict`] when its id or its unique key is taken.
    async fn insert(&self, value: T) -> Result<()>;

    /// Replaces the document if its revision is still `expected`; false when it is not, or when it is gone.
    async fn replace(&self, value: T, expected: u64) -> Result<bool>;

    /// Stores the document whatever was there under its id.
    async fn put(&self, value: T) -> Result<()>;

    /// Removes the document; false when there was none.
    async fn delete(&self, id: &Id) -> Result<bool>;

    /// Removes what matches, at most `limit` documents, and returns how many that were.
    async fn delete_matching(&self, query: &Query, limit: u64) -> Result<u64>;
}
