//! The one thing that services are given.

use std::ops::Deref;
use std::sync::Arc;

use squall_bus::Bus;
use squall_model::{Id, RunnerInfo, Timestamp};
use squall_store::Store;

use crate::crypto::DatastoreKey;
use crate::health::Health;
use crate::leases::Pulse;
use crate::snapshots::Snapshots;
use crate::sweeps::Sweeps;
use crate::{Clock, Entropy, ServiceTokens, Settings, Tasks};

/// The parts of a context; the binary and the test sandbox put them together.
pub struct ContextParts {
    pub store: Store,
    pub bus: Arc<dyn Bus>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub settings: Settings,
    pub datastore_key: Option<DatastoreKey>,
    pub service_tokens: ServiceTokens,
    pub tasks: Tasks,
    /// This process, as leases name it.
    pub process: Id,
    pub runner_info: RunnerInfo,
}

/// Store, bus, clock and the rest, shared by everything in the process. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    parts: Arc<ContextParts>,
    pub(crate) snapshots: Arc<Snapshots>,
    pub(crate) sweeps: Arc<Sweeps>,
    pub(crate) pulse: Arc<Pulse>,
    pub health: Arc<Health>,
}

impl Context {
    pub fn new(parts: ContextParts) -> Self {
        Self {
            parts: Arc::new(parts),
            snapshots: Arc::default(),
            sweeps: Arc::default(),
            pulse: Arc::default(),
            health: Arc::default(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Returns a new id that sorts by time.
    pub fn new_id(&self) -> Id {
        Id::new(self.now(), self.parts.entropy.next_u64())
    }
}

impl Deref for Context {
    type Target = ContextParts;

    fn deref(&self) -> &ContextParts {
        &self.parts
    }
}
