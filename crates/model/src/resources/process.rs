//! The processes of the platform and their heartbeats: what leases point at.

use serde::{Deserialize, Serialize};

use super::Resource;
use crate::{Id, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Process {
    pub id: Id,
    pub hostname: String,
    pub pid: u32,
    pub roles: Vec<String>,
    pub started: Timestamp,
    pub heartbeat: Timestamp,
}

impl Resource for Process {
    const KIND: &'static str = "process";
    const INDEXES: &'static [&'static str] = &["heartbeat"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        None
    }
}
