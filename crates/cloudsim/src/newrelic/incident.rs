//! An incident, and what became of the alerts about it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::delivery::Delivery;
use crate::mask::mask_url;
use crate::moment::Moment;

/// The bodies that New Relic has sent over the years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    #[default]
    Legacy,
    Channel,
    Workflow,
}

/// What `POST /_sim/newrelic/open` takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenRequest {
    pub(crate) application: String,
    pub(crate) hook_url: String,
    #[serde(default)]
    pub(crate) form: Form,
    #[serde(default = "critical")]
    pub(crate) severity: String,
    #[serde(default)]
    pub(crate) incident: Option<String>,
    #[serde(default)]
    pub(crate) servers: Vec<String>,
    #[serde(default)]
    pub(crate) policy: Option<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

fn critical() -> String {
    "critical".to_owned()
}

/// The two things that are told about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Opening,
    Closing,
}

/// Whether an alert was sent.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    No,
    Underway,
    Tried(Delivery),
}

/// An incident.
pub(crate) struct Incident {
    pub(crate) id: String,
    pub(crate) request: OpenRequest,
    pub(crate) opened: Moment,
    pub(crate) closed: Option<Moment>,
    opening: Sent,
    closing: Sent,
}

impl Incident {
    pub(crate) const fn open(id: String, request: OpenRequest, now: Moment) -> Self {
        Self { id, request, opened: now, closed: None, opening: Sent::No, closing: Sent::No }
    }

    pub(crate) fn close(&mut self, now: Moment) {
        self.closed = self.closed.or(Some(now));
    }

    pub(crate) const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    pub(crate) fn is_critical(&self) -> bool {
        matches!(self.request.severity.to_ascii_lowercase().as_str(), "critical" | "downtime")
    }

    pub(crate) const fn sent(&mut self, phase: Phase) -> &mut Sent {
        match phase {
            Phase::Opening => &mut self.opening,
            Phase::Closing => &mut self.closing,
        }
    }

    pub(crate) fn view(&self) -> Value {
        json!({
            "incident": self.id, "application": self.request.application, "severity": self.request.severity,
            "servers": self.request.servers, "state": self.state(), "opened": self.opened.to_millis_text(),
            "closed": self.closed.map(Moment::to_millis_text), "hook_url": mask_url(&self.request.hook_url),
            "opening": self.opening.view(), "closing": self.closing.view(),
        })
    }

    pub(crate) const fn state(&self) -> &'static str {
        if self.is_open() { "open" } else { "closed" }
    }
}

impl Sent {
    fn view(&self) -> Value {
        match self {
            Self::No => Value::Null,
            Self::Underway => json!("underway"),
            Self::Tried(delivery) => delivery.view(),
        }
    }
}
