//! Events entering the platform: a trigger instance is stored as pending, then the rules engine is nudged.
//! Counterparts: st2common/transport/reactor.py, st2reactor/container/sensor_wrapper.py.

use std::sync::Arc;

use serde_json::Value;
use squall_bus::Message;
use squall_model::{Id, Map, Trigger, TriggerInstance, TriggerInstanceStatus};
use squall_store::{Document, Query, Write};

use crate::{Context, rendering};

/// An event on its way in.
#[derive(Debug, Clone)]
pub struct TriggerDispatch {
    /// The reference of a trigger, or of a trigger type without parameters.
    pub trigger: String,
    pub payload: Value,
    pub trace_context: Map,
    /// The same id twice is one event.
    pub id: Option<Id>,
}

#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// Nothing has this reference; the event is not stored.
    #[error("trigger \"{0}\" is not registered")]
    UnknownTrigger(String),
    #[error("the payload does not fit the trigger type \"{trigger_type}\": {reason}")]
    InvalidPayload { trigger_type: String, reason: String },
    #[error(transparent)]
    Store(#[from] squall_store::Error),
}

/// Stores the event and nudges the rules engine. When this returns, the event survives a crash.
pub async fn dispatch_trigger(context: &Context, dispatch: TriggerDispatch) -> Result<TriggerInstance, DispatchError> {
    let trigger = resolve(context, &dispatch.trigger).await?;
    check_payload(context, &trigger, &dispatch.payload).await?;
    let instance = TriggerInstance {
        id: dispatch.id.unwrap_or_else(|| context.new_id()),
        trigger: trigger.reference,
        payload: dispatch.payload,
        occurrence_time: context.now(),
        status: TriggerInstanceStatus::Pending,
        trace_context: dispatch.trace_context,
    };
    context.store.batch.commit(vec![Write::Insert(Document::of(&instance)?)]).await?;
    crate::publish_quietly(context, Message::TriggerInstance(Arc::new(instance.clone()))).await;
    Ok(instance)
}

/// Finds the trigger with this reference, or the one trigger without parameters of the type with this reference.
async fn resolve(context: &Context, reference: &str) -> Result<Trigger, DispatchError> {
    if let Some(found) = context.store.triggers.find(reference).await? {
        return Ok(found.value);
    }
    let of_type = context.store.triggers.list(&Query::all().equals("type", reference)).await?;
    let unknown = || DispatchError::UnknownTrigger(reference.to_owned());
    of_type.items.into_iter().find(|trigger| trigger.parameters.is_empty()).ok_or_else(unknown)
}

async fn check_payload(context: &Context, trigger: &Trigger, payload: &Value) -> Result<(), DispatchError> {
    if !context.settings.validate_trigger_payload {
        return Ok(());
    }
    let Some(found) = context.store.trigger_types.find(&trigger.kind).await? else { return Ok(()) };
    if found.value.payload_schema.is_empty() {
        return Ok(());
    }
    match rendering::payload_violation(&Value::Object(found.value.payload_schema), payload) {
        None => Ok(()),
        Some(reason) => Err(DispatchError::InvalidPayload { trigger_type: trigger.kind.clone(), reason }),
    }
}
