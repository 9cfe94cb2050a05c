//! Traces: what an event led to. Counterpart: st2common/models/api/trace.py.

use serde::{Deserialize, Serialize};

use super::Resource;
use crate::{Id, Map, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceLink {
    pub object_id: String,
    #[serde(rename = "ref", default)]
    pub reference: String,
    pub updated_at: Timestamp,
    #[serde(default)]
    pub caused_by: Map,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    pub id: Id,
    pub trace_tag: String,
    pub start_timestamp: Timestamp,
    #[serde(default)]
    pub action_executions: Vec<TraceLink>,
    #[serde(default)]
    pub rules: Vec<TraceLink>,
    #[serde(default)]
    pub trigger_instances: Vec<TraceLink>,
}

impl Resource for Trace {
    const KIND: &'static str = "trace";
    const INDEXES: &'static [&'static str] = &["trace_tag", "start_timestamp"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        None
    }
}
