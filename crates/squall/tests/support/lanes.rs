//! Broker and database of the test lanes (tests/lanes), where they run.

use std::io::Write;
use std::sync::Once;

#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    store: String,
    pub(crate) bus: String,
}

impl Lanes {
    pub(crate) fn from_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        Some(Self { store: variable("SQUALL_TEST_MONGODB_URL")?, bus: variable("SQUALL_TEST_AMQP_URL")? })
    }

    /// As [`Self::from_environment`]; without lanes it says, loudly, that nothing was tested.
    pub(crate) fn or_say_so() -> Option<Self> {
        static SAID: Once = Once::new();
        let lanes = Self::from_environment();
        if lanes.is_none() {
            SAID.call_once(|| {
                let text = "\n######## NOT TESTED: SQUALL_TEST_MONGODB_URL and SQUALL_TEST_AMQP_URL are not set; \
                            use `tests/lanes/mongodb run tests/lanes/rabbitmq run cargo test -p squall` ########\n";
                // Not a print, which the harness would swallow.
                std::io::stderr().write_all(text.as_bytes()).expect("stderr");
            });
        }
        lanes
    }

    /// Returns the URL of a database of this name.
    pub(crate) fn database(&self, name: &str) -> String {
        format!("{}/{name}", self.store.trim_end_matches('/'))
    }
}
