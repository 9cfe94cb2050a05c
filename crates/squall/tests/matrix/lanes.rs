//! Broker and database for the rows that need them: where the lanes' scripts say they are.

/// The URLs of a running broker and a running database.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    pub(crate) store: String,
    pub(crate) bus: String,
}

impl Lanes {
    /// Returns the lanes of this run; none where they were not started.
    pub(crate) fn from_environment() -> Option<Self> {
        let store = std::env::var("SQUALL_TEST_MONGODB_URL").ok()?;
        let bus = std::env::var("SQUALL_TEST_AMQP_URL").ok()?;
        Some(Self { store, bus })
    }
}
