//! What every service stands on: context, clock, tasks, settings, leases, and the few things that several of them do.
//!
//! A service is a struct that implements [`Service`]; it gets one [`Context`] and meets the others only through store and bus.

mod clock;
mod config_values;
mod consume;
mod context;
pub mod crypto;
mod datastore;
pub mod doctor;
mod entropy;
mod events;
mod finished;
pub mod health;
pub mod inquiries;
pub mod inspection;
pub mod leases;
mod lookup;
mod moves;
mod observe;
mod pack_directory;
pub mod rendering;
mod requests;
mod service_tokens;
mod settings;
mod snapshots;
mod sweeps;
mod tasks;
pub mod traces;

pub use clock::{Clock, SystemClock};
pub use consume::{Sweep, consume, sweep_unfinished, try_later};
pub use context::{Context, ContextParts};
pub use datastore::{Datastore, DatastoreError, SetKey};
pub use entropy::{Entropy, SystemEntropy};
pub use events::{DispatchError, TriggerDispatch, dispatch_trigger};
pub use finished::End;
pub use moves::{announce_ends, control, move_to, publish_quietly};
pub use observe::execution_span;
pub use pack_directory::pack_directory;
pub use requests::{ExecutionRequest, RequestError, Requested, prepare, request_execution};
pub use service_tokens::{ServiceTokens, TokenSubject};
pub use settings::{ActionTriggers, Settings};
pub use sweeps::{SweepRequests, ask_for_what_was_lost, hear_sweep_requests};
pub use tasks::{Shutdown, Spawned, Spawner, TaskKind, Tasks};

/// A part of the platform that runs until it is told to stop.
#[async_trait::async_trait]
pub trait Service: Send {
    /// The name of the role, as operators write it.
    fn name(&self) -> &'static str;

    /// Runs until the context shuts down: stop taking work, finish what was begun, return.
    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError>;
}

/// Why a service could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Store(#[from] squall_store::Error),
    #[error(transparent)]
    Bus(#[from] squall_bus::Error),
    #[error("{0}")]
    Other(String),
}
