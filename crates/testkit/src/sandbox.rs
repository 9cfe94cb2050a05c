//! A context to run services in: the store that a test brings, the bus and the clock that it moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use squall_bus::{Disturbance, InProcessBus};
use squall_model::{Id, RunnerInfo, Secret};
use squall_service::{Context, ContextParts, Entropy, Service, ServiceTokens, Settings, TaskKind, Tasks};
use squall_store::Store;

use crate::ManualClock;

/// How long a test waits for something that must happen before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Sandbox {
    pub context: Context,
    pub clock: Arc<ManualClock>,
    pub bus: InProcessBus,
}

impl Sandbox {
    pub fn new(store: Store) -> Self {
        Self::with(store, Settings::default(), Disturbance::default(), Arc::new(ManualClock::default()))
    }

    pub fn with(store: Store, settings: Settings, disturbance: Disturbance, clock: Arc<ManualClock>) -> Self {
        let bus = InProcessBus::new(disturbance);
        let context = Context::new(ContextParts {
            store,
            bus: Arc::new(bus.clone()),
            clock: clock.clone(),
            entropy: Arc::new(Counting::default()),
            settings,
            datastore_key: None,
            service_tokens: ServiceTokens::new(Secret::new("sandbox")),
            tasks: Tasks::default(),
            process: Id::derived(&["process", "sandbox"]),
            runner_info: RunnerInfo { hostname: "sandbox".to_owned(), pid: 1 },
        });
        Self { context, clock, bus }
    }

    /// Runs a service in the background; [`Sandbox::stop`] ends it.
    pub fn start(&self, service: impl Service + 'static) {
        let context = self.context.clone();
        self.context.tasks.spawn(TaskKind::Work, "service", async move {
            if let Err(error) = Box::new(service).run(context).await {
                panic!("the service ended with an error: {error}");
            }
        });
    }

    /// Moves the clock on again and again, so that sweeps look for what got lost and what rests wakes up, until the answer is dropped.
    pub fn let_time_pass(&self, step: Duration) -> TimePasses {
        let clock = Arc::clone(&self.clock);
        TimePasses(tokio::spawn(async move {
            loop {
                clock.advance(step);
                for _ in 0..200 {
                    tokio::task::yield_now().await;
                }
            }
        }))
    }

    /// Ends the services and waits for their work.
    pub async fn stop(&self) {
        self.context.tasks.stop();
        assert!(self.context.tasks.wait_for_work(PATIENCE).await, "the services did not stop");
    }
}

/// Time passes while this lives.
pub struct TimePasses(tokio::task::JoinHandle<()>);

impl Drop for TimePasses {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits until `check` returns something, letting other tasks run in between.
pub async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = check().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(found) => found,
        Err(_) => panic!("waited in vain: {what}"),
    }
}

/// Randomness that is the same in every run.
#[derive(Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            chunk.copy_from_slice(&number.to_le_bytes()[..chunk.len()]);
        }
    }
}
