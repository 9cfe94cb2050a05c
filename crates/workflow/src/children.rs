//! The actions of a workflow: executions whose ids follow from workflow, task, route, attempt and item.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_chain::Engine as ChainEngine;
use squall_model::{Execution, Id, Map};
use squall_orquesta::Effect;
use squall_orquesta::engine::ActionKey;
use squall_service::{Context, ExecutionRequest, RequestError, prepare};

use crate::live::{Live, workflow_id};

/// A request of the engine for an action.
#[derive(Debug, Clone)]
pub(crate) struct ActionRequest {
    pub(crate) key: ActionKey,
    pub(crate) action_ref: String,
    pub(crate) input: Map,
    pub(crate) delay_seconds: u64,
}

impl ActionRequest {
    pub(crate) fn of(effect: &Effect) -> Option<Self> {
        let Effect::RequestAction { task_id, route, attempt, item_id, action_ref, input, delay_seconds } = effect
        else {
            return None;
        };
        Some(Self {
            key: ActionKey { task_id: task_id.clone(), route: *route, attempt: *attempt, item_id: *item_id },
            action_ref: action_ref.clone(),
            input: input.clone(),
            delay_seconds: *delay_seconds,
        })
    }
}

/// Returns the id of the execution of an action.
pub(crate) fn child_id(parent: &Id, key: &ActionKey) -> Id {
    let item = key.item_id.map_or_else(|| "-".to_owned(), |item| item.to_string());
    Id::derived(&[
        "workflow-action",
        &workflow_id(parent).to_string(),
        &key.task_id,
        &key.route.to_string(),
        &key.attempt.to_string(),
        &item,
    ])
}

fn task_execution_id(parent: &Id, key: &ActionKey) -> Id {
    let workflow = workflow_id(parent).to_string();
    Id::derived(&["task-execution", &workflow, &key.task_id, &key.route.to_string(), &key.attempt.to_string()])
}

/// Returns the execution that the request asks for, not stored yet.
pub(crate) async fn child(
    context: &Context,
    live: &Live,
    request: &ActionRequest,
) -> Result<Arc<Execution>, RequestError> {
    let parent = &live.execution;
    let task_execution = task_execution_id(&parent.id, &request.key);
    let chain = live.engine.as_chain();
    let own = match chain {
        Some(chain) => ("chain", shown_node(chain, &request.key.task_id)),
        None => ("orquesta", shown_task(&parent.id, &request.key, task_execution)),
    };
    let mut child_context = child_context(parent, own);
    let within = live.engine.workflow_within(&request.action_ref);
    if let Some(name) = within {
        child_context.insert("mistral".to_owned(), json!({"workflow": name}));
    }
    let prepared = prepare(
        context,
        ExecutionRequest {
            id: Some(child_id(&parent.id, &request.key)),
            action: within.map_or(&request.action_ref, |_| &parent.snapshot.action.reference).clone(),
            parameters: request.input.clone(),
            is_within: within.is_some(),
            user: parent.user().unwrap_or_default().to_owned(),
            context: child_context,
            parent: Some(parent.id),
            delay: (request.delay_seconds > 0).then(|| request.delay_seconds.saturating_mul(1000)),
            notify: chain.and_then(|chain| chain.notify_of(&request.key.task_id)).cloned(),
            workflow_execution: chain.is_none().then(|| workflow_id(&parent.id)),
            task_execution: chain.is_none().then_some(task_execution),
            ..ExecutionRequest::default()
        },
    )
    .await?;
    Ok(Arc::new(prepared))
}

fn shown_node(chain: &ChainEngine, task: &str) -> Value {
    chain.chain().node(task).map(|node| node.shown.clone()).unwrap_or_default()
}

fn shown_task(parent: &Id, key: &ActionKey, task_execution: Id) -> Value {
    let mut own = json!({
        "workflow_execution_id": workflow_id(parent),
        "task_execution_id": task_execution,
        "task_name": key.task_id,
        "task_id": key.task_id,
        "task_route": key.route,
        "task_attempt": key.attempt,
    });
    if let Some(item) = key.item_id {
        own["item_id"] = json!(item);
    }
    own
}

fn child_context(parent: &Execution, own: (&str, Value)) -> Map {
    let mut parent_context = parent.context.clone();
    parent_context.insert("execution_id".to_owned(), json!(parent.id));
    let mut context = Map::new();
    for shared in ["trace_context", "api_user", "source_channel"] {
        if let Some(value) = parent.context.get(shared) {
            context.insert(shared.to_owned(), value.clone());
        }
    }
    context.insert("parent".to_owned(), Value::Object(parent_context));
    context.insert(own.0.to_owned(), own.1);
    context
}

/// Returns which action of its workflow an execution is.
pub(crate) fn key_of(live: &Live, child: &Execution) -> Option<ActionKey> {
    if let Some(chain) = live.engine.as_chain() {
        // What clients see of a chain's task does not say which attempt it is; the chain waits for one action at most.
        return chain.pending_key().filter(|key| child_id(&live.execution.id, key) == child.id).cloned();
    }
    let own = child.context.get("orquesta")?;
    let number = |name: &str| own.get(name).and_then(Value::as_u64);
    Some(ActionKey {
        task_id: own.get("task_id")?.as_str()?.to_owned(),
        route: usize::try_from(number("task_route")?).ok()?,
        attempt: u32::try_from(number("task_attempt")?).ok()?,
        item_id: number("item_id").and_then(|item| usize::try_from(item).ok()),
    })
}
