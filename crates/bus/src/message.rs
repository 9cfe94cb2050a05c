//! What travels on the bus.

use std::sync::Arc;

use serde_json::Value;
use squall_model::{Execution, Id, Map, OutputChunk, TriggerInstance};

use crate::Exchange;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    Create,
    Update,
    Delete,
}

impl Change {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Returns the change that a routing key names.
    pub(crate) fn of(key: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Delete].into_iter().find(|change| change.as_str() == key)
    }
}

/// The kinds of documents that are announced in the catalogue.
const CATALOGUE_KINDS: [&str; 11] = [
    "action",
    "action_alias",
    "config",
    "pack",
    "policy",
    "rule",
    "runner_type",
    "sensor",
    "sweep",
    "trigger",
    "trigger_type",
];

#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    pub route: String,
    pub payload: Value,
    pub trace_context: Map,
}

#[derive(Debug, Clone)]
pub enum Message {
    /// An execution was created or its status changed.
    Execution {
        change: Change,
        execution: Arc<Execution>,
    },
    /// A user asked for cancellation, pause or resumption; the execution carries the asked-for status (`canceling`, …).
    Control {
        execution: Arc<Execution>,
    },
    /// An event entered and is stored as pending.
    TriggerInstance(Arc<TriggerInstance>),
    /// Triggers or the rules bound to them changed: timers, webhooks and rule indexes must look again.
    Triggers {
        change: Change,
        trigger: String,
    },
    /// A sensor was registered, enabled, disabled or removed.
    Sensors {
        change: Change,
        sensor: String,
    },
    /// A document that other processes may have cached changed.
    Catalogue {
        kind: &'static str,
        id: Id,
    },
    Output(Arc<OutputChunk>),
    Announcement(Arc<Announcement>),
}

impl Message {
    /// Returns the exchange that the message is published to.
    pub const fn exchange(&self) -> Exchange {
        match self {
            Self::Execution { .. } => Exchange::Execution,
            Self::Control { .. } => Exchange::LiveactionStatus,
            Self::TriggerInstance(_) => Exchange::TriggerInstances,
            Self::Triggers { .. } => Exchange::Trigger,
            Self::Sensors { .. } => Exchange::Sensor,
            Self::Catalogue { .. } => Exchange::Catalogue,
            Self::Output(_) => Exchange::ExecutionOutput,
            Self::Announcement(_) => Exchange::Announcement,
        }
    }

    /// Returns the routing key under which it is published.
    pub fn routing_key(&self) -> &str {
        match self {
            Self::Execution { change, .. } | Self::Triggers { change, .. } | Self::Sensors { change, .. } => {
                change.as_str()
            }
            Self::Control { execution } => execution.status.as_str(),
            Self::TriggerInstance(_) => "trigger_instance",
            Self::Catalogue { kind, .. } => kind,
            Self::Output(_) => "create",
            Self::Announcement(announcement) => &announcement.route,
        }
    }

    /// Returns the known name of a kind of document; newer processes may announce kinds that nobody here asks for.
    pub(crate) fn catalogue_kind(name: &str) -> &'static str {
        CATALOGUE_KINDS.into_iter().find(|kind| *kind == name).unwrap_or("unknown")
    }

    /// Returns what the message is about, for logs.
    pub fn subject(&self) -> String {
        match self {
            Self::Execution { execution, .. } | Self::Control { execution } => format!("execution {}", execution.id),
            Self::TriggerInstance(instance) => format!("trigger instance {}", instance.id),
            Self::Triggers { trigger, .. } => format!("trigger {trigger}"),
            Self::Sensors { sensor, .. } => format!("sensor {sensor}"),
            Self::Catalogue { kind, id } => format!("{kind} {id}"),
            Self::Output(chunk) => format!("output of execution {}", chunk.execution_id),
            Self::Announcement(announcement) => format!("announcement {}", announcement.route),
        }
    }
}
