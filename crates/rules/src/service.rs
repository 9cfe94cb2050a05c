//! The service: nudges from the queue, and a sweep for events that no nudge announced. Counterpart: st2reactor/rules/worker.py.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::json;
use squall_bus::{Delivery, Message, Queue};
use squall_model::TriggerInstance;
use squall_service::{Context, Service, ServiceError, TaskKind, consume, try_later};
use squall_store::{Condition, Error as StoreError, Query};
use tracing::{debug, warn};

use crate::engine::Engine;

/// How many events are worked on at a time: their writes share commits.
const CONCURRENCY: usize = 128;
/// How many events a sweep reads at a time.
const PAGE: u64 = 500;

/// Turns trigger instances into executions.
pub struct RulesEngine;

#[async_trait::async_trait]
impl Service for RulesEngine {
    fn name(&self) -> &'static str {
        "rulesengine"
    }

    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        let engine = Arc::new(Engine::new(context.clone()).await?);
        let (sweeping, swept) = (context.clone(), Arc::clone(&engine));
        context.tasks.spawn(TaskKind::Background, "rules-sweep", async move { sweep(&sweeping, &swept).await });
        let handle = move |context, delivery| handle(Arc::clone(&engine), context, delivery);
        consume(&context, Queue::RulesEngine, CONCURRENCY, "enforce", handle).await
    }
}

async fn handle(engine: Arc<Engine>, context: Context, delivery: Delivery) {
    let Message::TriggerInstance(instance) = &delivery.message else { return delivery.done() };
    match engine.process(instance).await {
        Ok(()) => delivery.done(),
        Err(error) => try_later(&context, delivery, &error).await,
    }
}

/// Looks for pending events again and again until shutdown; the first time for all of them, because nothing can be under way.
async fn sweep(context: &Context, engine: &Engine) {
    let mut shutdown = context.tasks.shutdown();
    let mut asked = context.sweep_requests();
    let mut is_first = true;
    loop {
        match sweep_once(context, engine, is_first).await {
            Ok(()) => is_first = false,
            Err(error) => warn!(%error, "a sweep for pending events was cut short"),
        }
        tokio::select! {
            biased;
            () = context.clock.sleep(Duration::from_secs(context.settings.sweep_seconds)) => {}
            () = asked.next() => is_first = true,
            () = shutdown.wait() => return,
        }
        engine.catalogue.forget_all();
    }
}

async fn sweep_once(context: &Context, engine: &Engine, is_first: bool) -> Result<(), StoreError> {
    loop {
        let page = context.store.trigger_instances.list(&resting(context, is_first)).await?.items;
        let count = page.len();
        if count > 0 {
            squall_telemetry::metrics().sweep_found("rulesengine", "pending_event");
            debug!(count, "a sweep found pending events");
        }
        process_page(engine, page).await?;
        if (count as u64) < PAGE || context.tasks.is_stopping() {
            return Ok(());
        }
    }
}

async fn process_page(engine: &Engine, page: Vec<TriggerInstance>) -> Result<(), StoreError> {
    let mut work = futures::stream::iter(page)
        .map(|instance| async move { engine.process(&instance).await })
        .buffer_unordered(CONCURRENCY);
    while let Some(outcome) = work.next().await {
        outcome?;
    }
    Ok(())
}

/// Pending events whose message may be lost.
fn resting(context: &Context, is_first: bool) -> Query {
    let query = Query::all().equals("status", "pending").ascending("occurrence_time").limit(PAGE);
    if is_first {
        return query;
    }
    let rest = i64::try_from(context.settings.sweep_seconds).unwrap_or(i64::MAX).saturating_mul(2_000_000);
    let oldest = squall_model::Timestamp::from_micros(context.now().as_micros().saturating_sub(rest));
    query.filter("occurrence_time", Condition::AtMost(json!(oldest)))
}
