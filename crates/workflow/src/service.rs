//! The role `workflowengine`: three sources of events, one lock per workflow.

use std::sync::Arc;

use serde_json::Value;
use squall_bus::{Delivery, Message, Queue};
use squall_model::{Execution, Id, Status};
use squall_orquesta::EventKind;
use squall_service::{Context, Service, ServiceError, TaskKind, consume, inquiries, sweep_unfinished, try_later};
use squall_store::Error as StoreError;
use tracing::error;

use crate::children;
use crate::control;
use crate::drive::{DriveError, drive, drive_all};
use crate::inbox::News;
use crate::live::{Live, Workflows};
use crate::status::to_orquesta;
use crate::{start, sweep};

/// How many messages are worked on at a time; those of one workflow wait for each other.
const CONCURRENCY: usize = 128;

pub struct WorkflowEngine;

#[async_trait::async_trait]
impl Service for WorkflowEngine {
    fn name(&self) -> &'static str {
        "workflowengine"
    }

    async fn run(self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        let workflows = Arc::new(Workflows::default());
        let (sweeping, swept) = (context.clone(), Arc::clone(&workflows));
        context.tasks.spawn(TaskKind::Background, "workflow-sweep", async move {
            sweep_unfinished(&sweeping, |execution, sweep| {
                sweep::visit(&sweeping, Arc::clone(&swept), execution, sweep)
            })
            .await;
        });
        let (controlling, controlled) = (context.clone(), Arc::clone(&workflows));
        let controls = async move {
            consume(&controlling, Queue::WorkflowControl, CONCURRENCY, "workflow-control", |context, delivery| {
                handle_control(context, delivery, Arc::clone(&controlled))
            })
            .await
        };
        let work = consume(&context, Queue::Workflow, CONCURRENCY, "workflow", |context, delivery| {
            handle(context, delivery, Arc::clone(&workflows))
        });
        let (work, controls) = tokio::join!(work, controls);
        work.and(controls)
    }
}

async fn handle(context: Context, delivery: Delivery, workflows: Arc<Workflows>) {
    let Message::Execution { execution, .. } = &delivery.message else { return delivery.done() };
    let execution = Arc::clone(execution);
    let outcome = if execution.is_workflow() && execution.status == Status::Scheduled {
        start_workflow(&context, &workflows, execution).await
    } else {
        hear_child(&context, &workflows, execution).await
    };
    settle(&context, delivery, outcome).await;
}

async fn handle_control(context: Context, delivery: Delivery, workflows: Arc<Workflows>) {
    let Message::Control { execution } = &delivery.message else { return delivery.done() };
    let outcome = hear_wish(&context, &workflows, Arc::clone(execution)).await;
    settle(&context, delivery, outcome).await;
}

async fn settle(context: &Context, delivery: Delivery, outcome: Result<(), DriveError>) {
    match outcome {
        Ok(()) => delivery.done(),
        Err(DriveError::Store(StoreError::Corrupt(reason))) => {
            error!(reason, "a workflow can't be driven: what is stored of it can't be read");
            delivery.done();
        }
        Err(DriveError::Store(error)) => try_later(context, delivery, &error).await,
        Err(DriveError::Superseded) => delivery.retry(),
    }
}

async fn start_workflow(context: &Context, workflows: &Workflows, execution: Arc<Execution>) -> Result<(), DriveError> {
    let id = execution.id;
    let mut slot = workflows.lock(id).await;
    if slot.is_some() {
        return Ok(());
    }
    let outcome = start::start(context, &mut slot, execution).await;
    tidy(workflows, &mut slot, id, outcome.is_err());
    outcome
}

/// Takes the news of a child to the workflow that it belongs to, together with what else has come for it meanwhile.
async fn hear_child(context: &Context, workflows: &Workflows, child: Arc<Execution>) -> Result<(), DriveError> {
    let Some(parent) = child.parent else { return Ok(()) };
    let taken_in = workflows.inbox.add(parent, child);
    let mut slot = workflows.lock(parent).await;
    let news = workflows.inbox.take(parent);
    if !news.is_empty() {
        let outcome = take_in(context, workflows, &mut slot, parent, &news).await;
        tidy(workflows, &mut slot, parent, outcome.is_err());
        outcome?;
        news.into_iter().for_each(News::stored);
    }
    drop(slot);
    // Whoever held the workflow before may have taken this along, or failed to.
    taken_in.await.map_err(|_| DriveError::Superseded)
}

async fn take_in(
    context: &Context,
    workflows: &Workflows,
    slot: &mut Option<Live>,
    parent: Id,
    news: &[News],
) -> Result<(), DriveError> {
    let known = slot.as_ref().map(|live| Arc::clone(&live.execution));
    let Some(execution) = (match known {
        Some(known) => Some(known),
        None => context.store.executions.get(&parent).await?,
    }) else {
        return Ok(());
    };
    if execution.status.is_completed() {
        return Ok(());
    }
    workflows.refresh(context, slot, &execution).await?;
    let Some(live) = slot else { return Ok(()) };
    // A write may have failed behind the last events of the log.
    sweep::end_if_over(context, live).await?;
    // A wish that nobody took in yet comes first: the news may be what ends the workflow.
    let mut changes: Vec<EventKind> = control::unknown_wish(context, live).await?.into_iter().collect();
    let mut answered_by = None;
    for news in news {
        let child = as_it_is_now(context, &news.child).await?;
        answered_by = answered_by.or_else(|| answered(context, &child));
        changes.extend(change_of(live, &child));
    }
    drive_all(context, live, changes, answered_by).await
}

/// News that a workflow goes on may be old by now; taken at its word it would wake an outer workflow that was paused since.
async fn as_it_is_now(context: &Context, child: &Arc<Execution>) -> Result<Arc<Execution>, DriveError> {
    if !matches!(child.status, Status::Running | Status::Resuming) {
        return Ok(Arc::clone(child));
    }
    Ok(context.store.executions.get(&child.id).await?.unwrap_or_else(|| Arc::clone(child)))
}

/// Applies the present status of a child.
pub(crate) async fn report_child(context: &Context, live: &mut Live, child: &Execution) -> Result<(), DriveError> {
    let change = change_of(live, child).into_iter().collect();
    drive_all(context, live, change, answered(context, child)).await
}

/// Returns with whose answer the child has ended, if it is an inquiry.
fn answered(context: &Context, child: &Execution) -> Option<Value> {
    let has_ended = child.status.is_completed() && child.status != Status::Canceled;
    (has_ended && inquiries::is_inquiry(child)).then(|| inquiries::ended_by(context, child))
}

/// Returns the present status of a child as an event of its workflow.
fn change_of(live: &Live, child: &Execution) -> Option<EventKind> {
    let key = children::key_of(live, child)?;
    Some(EventKind::ActionChanged {
        task_id: key.task_id,
        route: key.route,
        attempt: key.attempt,
        item_id: key.item_id,
        // For its workflow an action that goes on is at work, as before.
        status: to_orquesta(if child.status == Status::Resuming { Status::Running } else { child.status }),
        result: child.result_value(),
    })
}

/// Takes in what a user wishes of a workflow.
async fn hear_wish(context: &Context, workflows: &Workflows, execution: Arc<Execution>) -> Result<(), DriveError> {
    let id = execution.id;
    let mut slot = workflows.lock(id).await;
    workflows.refresh(context, &mut slot, &execution).await?;
    let Some(live) = slot.as_mut() else { return Ok(()) };
    if live.execution.revision < execution.revision {
        live.execution = execution;
    }
    let Some(kind) = control::unknown_wish(context, live).await? else { return Ok(()) };
    let outcome = drive(context, live, kind).await;
    tidy(workflows, &mut slot, id, outcome.is_err());
    outcome
}

/// Forgets a workflow that is over, or whose memory may be ahead of its log.
fn tidy(workflows: &Workflows, slot: &mut Option<Live>, id: Id, failed: bool) {
    if failed || slot.as_ref().is_none_or(|live| live.execution.status.is_completed()) {
        *slot = None;
        workflows.forget(id);
    }
}
