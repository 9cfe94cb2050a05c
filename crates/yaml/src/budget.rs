//! What reading a text may cost, and how doubtful input is taken.

/// Limits under which every text is read; what exceeds one is an [`Error`](crate::Error), never a long wait.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes of source text.
    pub bytes: usize,
    /// Events of the parser: two for a collection, one for a scalar or an alias.
    pub events: usize,
    /// Collections inside each other, counted after aliases are followed.
    pub depth: usize,
    /// Values in the document after aliases and merge keys are followed.
    pub nodes: usize,
    /// Bytes of scalar text in the document after aliases and merge keys are followed.
    pub text: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 8 << 20, events: 300_000, depth: 100, nodes: 150_000, text: 16 << 20 }
    }
}

/// What a key that stands twice in one mapping means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuplicateKeys {
    /// The later one counts, as in PyYAML.
    #[default]
    LastWins,
    /// The text is refused.
    Reject,
}

/// How a text is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub budget: Budget,
    pub duplicate_keys: DuplicateKeys,
}
