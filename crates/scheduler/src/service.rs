//! Requested → scheduled, or delayed until its time. Pending → timeout, when nobody answers in time.

use std::sync::Arc;
use std::time::Duration;

use squall_bus::{Delivery, Message, Queue};
use squall_model::{Execution, Status, Timestamp};
use squall_service::{
    Context, Service, ServiceError, Sweep, TaskKind, consume, inquiries, move_to, sweep_unfinished, try_later,
};
use squall_store::{Error as StoreError, Patch};
use tracing::{debug, info, warn};

/// How many executions are admitted at a time: the writes share commits.
const CONCURRENCY: usize = 128;

pub struct Scheduler;

#[async_trait::async_trait]
impl Service for Scheduler {
    fn name(&self) -> &'static str {
        "scheduler"
    }

    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        let sweeping = context.clone();
        context.tasks.spawn(TaskKind::Background, "scheduler-sweep", async move {
            sweep_unfinished(&sweeping, |execution, sweep| visit(&sweeping, execution, sweep)).await;
        });
        consume(&context, Queue::Scheduler, CONCURRENCY, "schedule", handle).await
    }
}

async fn handle(context: Context, delivery: Delivery) {
    let Message::Execution { execution, .. } = &delivery.message else { return delivery.done() };
    match admit(&context, Arc::clone(execution)).await {
        Ok(()) => delivery.done(),
        Err(error) => try_later(&context, delivery, &error).await,
    }
}

/// What is to become of a requested execution.
#[derive(Debug, PartialEq, Eq)]
enum Admission {
    Now,
    At(Timestamp),
}

fn decide(execution: &Execution, now: Timestamp) -> Admission {
    let due = execution.delay.map(|delay| execution.start_timestamp.after(Duration::from_millis(delay)));
    match due {
        Some(due) if due > now => Admission::At(due),
        _ => Admission::Now,
    }
}

async fn admit(context: &Context, execution: Arc<Execution>) -> Result<(), StoreError> {
    match decide(&execution, context.now()) {
        Admission::Now => {
            move_to(context, execution, Status::Scheduled, Patch::default(), Vec::new()).await?;
        }
        Admission::At(due) => {
            let patch = Patch { wake_at: Some(due), only_from: Some(&[Status::Requested]), ..Patch::default() };
            let delayed = move_to(context, execution, Status::Delayed, patch, Vec::new()).await?;
            if let Some(execution) = delayed.moved() {
                wake_at(context, execution, due);
            }
        }
    }
    Ok(())
}

/// Schedules the execution when its time has come; should this process die before, a sweep does it.
fn wake_at(context: &Context, execution: Arc<Execution>, due: Timestamp) {
    let waking = context.clone();
    context.tasks.spawn(TaskKind::Background, "delay", async move {
        let mut shutdown = waking.tasks.shutdown();
        tokio::select! {
            biased;
            () = waking.clock.sleep_until(due) => {}
            () = shutdown.wait() => return,
        }
        if let Err(error) = wake(&waking, execution).await {
            warn!(%error, "could not end a delay; the next sweep does");
        }
    });
}

async fn wake(context: &Context, execution: Arc<Execution>) -> Result<(), StoreError> {
    move_to(context, execution, Status::Scheduled, Patch::default(), Vec::new()).await.map(|_| ())
}

/// Finds what no message announced: requests that rest, delays that are over, and inquiries whose time is over. The last are found here
/// only: a few seconds do not matter where a person had minutes, and nothing has to remember for days each inquiry that was answered.
async fn visit(context: &Context, execution: Arc<Execution>, sweep: Sweep) -> Result<(), StoreError> {
    match (execution.status, execution.wake_at) {
        (Status::Requested, _) if sweep.may_have_lost(context, &execution) => {
            squall_telemetry::metrics().sweep_found("scheduler", "unannounced");
            debug!(execution_id = %execution.id, "a sweep found a requested execution");
            admit(context, execution).await
        }
        (Status::Delayed, Some(due)) if due <= context.now() => wake(context, execution).await,
        (Status::Delayed, Some(due)) if sweep.is_first => {
            wake_at(context, execution, due);
            Ok(())
        }
        (Status::Delayed, None) => wake(context, execution).await,
        (Status::Pending, Some(due)) if due <= context.now() => {
            info!(execution_id = %execution.id, "nobody answered the inquiry in time");
            inquiries::time_out(context, execution).await.map(|_| ())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use squall_testkit::execution;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    #[test]
    fn a_delay_counts_from_the_request() {
        let mut requested = execution("a", NOW);
        assert_eq!(decide(&requested, NOW), Admission::Now);
        requested.delay = Some(1500);
        let due = NOW.after(Duration::from_millis(1500));
        assert_eq!(decide(&requested, NOW), Admission::At(due));
        assert_eq!(decide(&requested, due), Admission::Now);
    }
}
