//! Changes of keys as events, while somebody listens. Counterpart: st2common/persistence/keyvalue.py.

use serde_json::{Value, json};
use squall_model::{KeyValue, Map};
use squall_service::{ActionTriggers, DispatchError, TriggerDispatch, dispatch_trigger};
use squall_store::Query;

use super::shown;
use crate::call::Call;
use crate::errors::ApiError;

const FAMILY: &str = "core.st2.key_value_pair";

/// Tells that a key was stored.
pub(super) async fn stored(call: &Call, before: Option<&KeyValue>, item: &KeyValue) -> Result<(), ApiError> {
    let object = shown(call, item, false)?;
    let Some(before) = before else { return emit(call, "create", json!({"object": object})).await };
    emit(call, "update", json!({"object": object})).await?;
    if before.value != item.value {
        let old = shown(call, before, false)?;
        emit(call, "value_change", json!({"old_object": old, "new_object": object})).await?;
    }
    Ok(())
}

/// Tells that a key was removed.
pub(super) async fn removed(call: &Call, item: &KeyValue) -> Result<(), ApiError> {
    emit(call, "delete", json!({"object": shown(call, item, false)?})).await
}

async fn emit(call: &Call, change: &str, payload: Value) -> Result<(), ApiError> {
    let trigger = format!("{FAMILY}.{change}");
    if !is_wanted(call, &trigger).await? {
        return Ok(());
    }
    let dispatch = TriggerDispatch { trigger, payload, trace_context: Map::new(), id: None };
    match dispatch_trigger(call.context(), dispatch).await {
        // Before the core pack is registered there is nothing to dispatch to.
        Ok(_) | Err(DispatchError::UnknownTrigger(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn is_wanted(call: &Call, trigger: &str) -> Result<bool, ApiError> {
    if call.context().settings.action_triggers == ActionTriggers::Always {
        return Ok(true);
    }
    let listeners = call.store().rules.list(&Query::all().equals("trigger.ref", trigger).limit(1)).await?;
    Ok(!listeners.items.is_empty())
}
