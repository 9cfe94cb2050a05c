//! Messages between processes: JSON that looks like what the API shows, so that outsiders who listen can read it.
//!
//! What is large or secret does not travel: whoever receives the message fetches it from the store (docs/adr/0008). Fields
//! that are unknown are ignored and new ones must have a default, so that old and new processes work side by side; the
//! payloads in `tests/fixtures` are what older processes sent. Nothing here knows a broker.

mod execution;

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use squall_model::{Execution, Id, Map, OutputChunk, Timestamp, TriggerInstance, TriggerInstanceStatus};

use crate::{Announcement, Change, Exchange, Message, Result};
use execution::ExecutionBody;

/// What is larger than this, in bytes of JSON, stays in the store.
pub const INLINE_LIMIT: usize = 32 * 1024;

/// Fetches what a message left out.
#[async_trait]
pub trait Originals: Send + Sync {
    async fn execution(&self, id: &Id) -> Result<Option<Arc<Execution>>>;
    async fn trigger_instance(&self, id: &Id) -> Result<Option<Arc<TriggerInstance>>>;
}

/// A part of a document that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    Parameters,
    Result,
    Payload,
    /// Something that only newer processes leave out: the whole document is fetched.
    #[serde(other)]
    Unknown,
}

/// The body is not what its exchange carries.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    #[error("the body is not what {exchange} carries: {source}")]
    Body { exchange: &'static str, source: serde_json::Error },
    #[error("{exchange} has no routing key \"{key}\"")]
    RoutingKey { exchange: &'static str, key: String },
}

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Received {
    message: Message,
    left_out: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
struct TriggerInstanceBody<'a> {
    id: Id,
    trigger: Cow<'a, str>,
    #[serde(default)]
    payload: Cow<'a, Value>,
    occurrence_time: Timestamp,
    status: TriggerInstanceStatus,
    #[serde(default)]
    trace_context: Cow<'a, Map>,
    #[serde(default)]
    squall: LeftOut,
}

#[derive(Default, Serialize, Deserialize)]
struct LeftOut {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<Part>,
}

/// A trigger or a sensor.
#[derive(Serialize, Deserialize)]
struct ReferenceBody<'a> {
    #[serde(rename = "ref")]
    reference: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct CatalogueBody {
    id: Id,
}

#[derive(Serialize, Deserialize)]
struct AnnouncementBody<'a> {
    payload: Cow<'a, Value>,
    #[serde(default)]
    trace_context: Cow<'a, Map>,
    /// The whole route: a routing key has an end.
    #[serde(default)]
    route: Option<Cow<'a, str>>,
}

/// Returns the body of a message.
pub fn encode(message: &Message) -> serde_json::Result<Vec<u8>> {
    match message {
        Message::Execution { execution, .. } | Message::Control { execution } => {
            serde_json::to_vec(&ExecutionBody::of(execution))
        }
        Message::TriggerInstance(instance) => serde_json::to_vec(&trigger_instance_body(instance)),
        Message::Triggers { trigger: reference, .. } | Message::Sensors { sensor: reference, .. } => {
            serde_json::to_vec(&ReferenceBody { reference: Cow::Borrowed(reference) })
        }
        Message::Catalogue { id, .. } => serde_json::to_vec(&CatalogueBody { id: *id }),
        Message::Output(chunk) => serde_json::to_vec(chunk.as_ref()),
        Message::Announcement(announcement) => serde_json::to_vec(&AnnouncementBody {
            payload: Cow::Borrowed(&announcement.payload),
            trace_context: Cow::Borrowed(&announcement.trace_context),
            route: Some(Cow::Borrowed(&announcement.route)),
        }),
    }
}

fn trigger_instance_body(instance: &TriggerInstance) -> TriggerInstanceBody<'_> {
    let is_large = exceed([&instance.payload], INLINE_LIMIT);
    TriggerInstanceBody {
        id: instance.id,
        trigger: Cow::Borrowed(&instance.trigger),
        payload: if is_large { Cow::Owned(Value::Null) } else { Cow::Borrowed(&instance.payload) },
        occurrence_time: instance.occurrence_time,
        status: instance.status,
        trace_context: Cow::Borrowed(&instance.trace_context),
        squall: LeftOut { left_out: if is_large { vec![Part::Payload] } else { Vec::new() } },
    }
}

/// Reads a body that came from this exchange under this routing key.
pub fn decode(exchange: Exchange, key: &str, body: &[u8]) -> std::result::Result<Received, Undecodable> {
    let fails = |source| Undecodable::Body { exchange: exchange.name(), source };
    let change = || {
        let unknown = || Undecodable::RoutingKey { exchange: exchange.name(), key: key.to_owned() };
        Change::of(key).ok_or_else(unknown)
    };
    let whole = |message| Ok(Received { message, left_out: Vec::new() });
    match exchange {
        Exchange::Execution => {
            let (execution, left_out) = execution(body).map_err(fails)?;
            Ok(Received { message: Message::Execution { change: change()?, execution }, left_out })
        }
        Exchange::LiveactionStatus => {
            let (execution, left_out) = execution(body).map_err(fails)?;
            Ok(Received { message: Message::Control { execution }, left_out })
        }
        Exchange::TriggerInstances => {
            let (instance, left_out) = trigger_instance(body).map_err(fails)?;
            Ok(Received { message: Message::TriggerInstance(Arc::new(instance)), left_out })
        }
        Exchange::Trigger => whole(Message::Triggers { change: change()?, trigger: reference(body).map_err(fails)? }),
        Exchange::Sensor => whole(Message::Sensors { change: change()?, sensor: reference(body).map_err(fails)? }),
        Exchange::Catalogue => {
            let body: CatalogueBody = serde_json::from_slice(body).map_err(fails)?;
            whole(Message::Catalogue { kind: Message::catalogue_kind(key), id: body.id })
        }
        Exchange::ExecutionOutput => {
            let chunk: OutputChunk = serde_json::from_slice(body).map_err(fails)?;
            whole(Message::Output(Arc::new(chunk)))
        }
        Exchange::Announcement => {
            let body: AnnouncementBody<'_> = serde_json::from_slice(body).map_err(fails)?;
            whole(Message::Announcement(Arc::new(Announcement {
                route: body.route.map_or_else(|| key.to_owned(), Cow::into_owned),
                payload: body.payload.into_owned(),
                trace_context: body.trace_context.into_owned(),
            })))
        }
    }
}

fn execution(body: &[u8]) -> serde_json::Result<(Arc<Execution>, Vec<Part>)> {
    let body: ExecutionBody<'_> = serde_json::from_slice(body)?;
    let (execution, left_out) = body.into_execution();
    Ok((Arc::new(execution), left_out))
}

fn trigger_instance(body: &[u8]) -> serde_json::Result<(TriggerInstance, Vec<Part>)> {
    let body: TriggerInstanceBody<'_> = serde_json::from_slice(body)?;
    let instance = TriggerInstance {
        id: body.id,
        trigger: body.trigger.into_owned(),
        payload: body.payload.into_owned(),
        occurrence_time: body.occurrence_time,
        status: body.status,
        trace_context: body.trace_context.into_owned(),
    };
    Ok((instance, body.squall.left_out))
}

fn reference(body: &[u8]) -> serde_json::Result<String> {
    serde_json::from_slice(body).map(|body: ReferenceBody<'_>| body.reference.into_owned())
}

impl Received {
    /// Returns the message with everything that was left out; `None` when its document is no longer there.
    pub async fn whole(&self, originals: &dyn Originals) -> Result<Option<Message>> {
        if self.left_out.is_empty() {
            return Ok(Some(self.message.clone()));
        }
        let message = match &self.message {
            Message::Execution { change, execution } => {
                let found = originals.execution(&execution.id).await?;
                found
                    .map(|original| Message::Execution { change: *change, execution: self.filled(execution, original) })
            }
            Message::Control { execution } => {
                let found = originals.execution(&execution.id).await?;
                found.map(|original| Message::Control { execution: self.filled(execution, original) })
            }
            Message::TriggerInstance(instance) => {
                originals.trigger_instance(&instance.id).await?.map(Message::TriggerInstance)
            }
            other => Some(other.clone()),
        };
        Ok(message)
    }

    /// The execution as it was when the message was sent, although the original may have moved on.
    fn filled(&self, sent: &Execution, original: Arc<Execution>) -> Arc<Execution> {
        if self.left_out.contains(&Part::Unknown) {
            return original;
        }
        let mut filled = sent.clone();
        if self.left_out.contains(&Part::Parameters) {
            filled.parameters.clone_from(&original.parameters);
        }
        if self.left_out.contains(&Part::Result) {
            filled.result.clone_from(&original.result);
        }
        Arc::new(filled)
    }
}

/// Tells whether values take more than so many bytes as JSON, roughly and without writing them.
fn exceed<'a>(values: impl IntoIterator<Item = &'a Value>, limit: usize) -> bool {
    let mut left = limit;
    values.into_iter().any(|value| spends(value, &mut left))
}

fn spends(value: &Value, left: &mut usize) -> bool {
    let own = value.as_str().map_or(4, |text| text.len() + 2);
    *left = left.saturating_sub(own);
    match value {
        _ if *left == 0 => true,
        Value::Array(items) => items.iter().any(|item| spends(item, left)),
        Value::Object(fields) => fields.iter().any(|(name, field)| {
            *left = left.saturating_sub(name.len() + 4);
            spends(field, left)
        }),
        _ => false,
    }
}
