//! The loop that every service has: take from a queue, work on so many at a time, stop when told to.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use squall_bus::{Delivery, Queue};
use squall_model::Execution;
use squall_store::Error as StoreError;
use tokio::sync::Semaphore;
use tracing::{Instrument, warn};

use crate::{Context, ServiceError, TaskKind, observe};

/// How long a delivery rests before it is tried again.
const REST: Duration = Duration::from_millis(250);
/// How many executions a sweep reads at a time.
const PAGE: u64 = 500;

/// Works on the deliveries of a queue, at most `limit` at a time, until shutdown.
///
/// The handler settles its delivery; what it drops unsettled comes again.
pub async fn consume<F, Fut>(
    context: &Context,
    queue: Queue,
    limit: usize,
    name: &'static str,
    handler: F,
) -> Result<(), ServiceError>
where
    F: Fn(Context, Delivery) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut consumer = context.bus.consume(queue).await?;
    let permits = Arc::new(Semaphore::new(limit));
    let mut shutdown = context.tasks.shutdown();
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return Ok(()) };
        let delivery = tokio::select! {
            biased;
            () = shutdown.wait() => return Ok(()),
            delivery = consumer.next() => delivery,
        };
        let Some(delivery) = delivery else { return Ok(()) };
        let span = observe::log_span(&delivery.message);
        let work = handler(context.clone(), delivery).instrument(span);
        context.tasks.spawn(TaskKind::Work, name, async move {
            let _permit = permit;
            work.await;
        });
    }
}

/// Gives a delivery back after a rest, because the store could not answer.
pub async fn try_later(context: &Context, delivery: Delivery, error: &StoreError) {
    warn!(%error, "could not work on a message; it is tried again");
    context.clock.sleep(REST).await;
    delivery.retry();
}

/// Calls `visit` for every execution that has not ended, again and again until shutdown; the first time at once.
///
/// `visit` is told whether this is the first sweep since the start, when nothing that is found can be under way here.
pub async fn sweep_unfinished<F, Fut>(context: &Context, visit: F)
where
    F: Fn(Arc<Execution>, Sweep) -> Fut,
    Fut: Future<Output = Result<(), StoreError>>,
{
    let mut shutdown = context.tasks.shutdown();
    let mut asked = context.sweep_requests();
    let mut sweep = Sweep { is_first: true };
    loop {
        if let Err(error) = sweep_once(context, &visit, sweep).await {
            warn!(%error, "a sweep was cut short");
        } else {
            sweep.is_first = false;
        }
        tokio::select! {
            biased;
            () = context.clock.sleep(Duration::from_secs(context.settings.sweep_seconds)) => {}
            () = asked.next() => sweep.is_first = true,
            () = shutdown.wait() => return,
        }
    }
}

/// What a visitor may know of the sweep it is called by.
#[derive(Debug, Clone, Copy)]
pub struct Sweep {
    pub is_first: bool,
}

impl Sweep {
    /// Tells whether an execution has rested for so long that its message may be lost.
    pub fn may_have_lost(self, context: &Context, execution: &Execution) -> bool {
        let limit = Duration::from_secs(context.settings.sweep_seconds * 2);
        let moved = execution.log.last().map_or(execution.start_timestamp, |entry| entry.timestamp);
        self.is_first || context.now().since(moved) >= limit
    }
}

async fn sweep_once<F, Fut>(context: &Context, visit: &F, sweep: Sweep) -> Result<(), StoreError>
where
    F: Fn(Arc<Execution>, Sweep) -> Fut,
    Fut: Future<Output = Result<(), StoreError>>,
{
    // What began just now is under way: reading it again and again would cost more than it could find.
    let young = Duration::from_secs(context.settings.sweep_seconds * 2);
    let started_before = (!sweep.is_first).then(|| context.now().before(young));
    let mut after = None;
    loop {
        let page = context.store.executions.unfinished(after, PAGE, started_before).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for execution in page {
            let span = observe::execution_span(&execution);
            visit(execution, sweep).instrument(span).await?;
        }
    }
}
