//! What a store can answer instead of the truth.

use squall_model::Id;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another document has the unique key already.
    #[error("{kind} with the key \"{key}\" exists already")]
    Conflict { kind: &'static str, key: String, id: Option<Id> },
    /// Write number `index` of a batch found the document changed meanwhile; nothing after it was written.
    #[error("write {index} of the batch was refused: the document changed meanwhile")]
    Refused { index: usize },
    /// The database can't write or answer now (disk full, locked, unreachable). Nothing was acknowledged; trying again is right.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What is stored does not read back; trying again does not help.
    #[error("stored data can't be read: {0}")]
    Corrupt(String),
}

impl Error {
    /// Tells whether the same call may work later.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
