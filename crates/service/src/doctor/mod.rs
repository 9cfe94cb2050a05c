//! What is stuck, who owns it, since when, and what would repair it.
//!
//! The doctor only looks. What it finds is repaired by the sweeps, which it can ask for; so a repair by hand and one that comes by
//! itself are the same code.

mod executions;
mod surroundings;

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use squall_model::{Id, Process, Timestamp};
use squall_store::{Query, Result};

use crate::{Context, health, leases};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A word for programs: `execution_resting`, `owner_dead`, …
    pub kind: &'static str,
    /// What it is about: a kind of thing and its name or id.
    pub subject: String,
    pub detail: String,
    /// The process that owns it, for people: host, process id, and whether it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// What a sweep does about it; none where a person must.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<&'static str>,
}

impl Finding {
    pub(crate) fn new(kind: &'static str, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), detail: detail.into(), owner: None, since: None, repair: None }
    }

    pub(crate) fn since(self, since: Timestamp) -> Self {
        Self { since: Some(since), ..self }
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub at: Timestamp,
    pub healthy: bool,
    pub findings: Vec<Finding>,
    /// There were more findings than are listed.
    pub more: bool,
    pub unfinished_executions: u64,
    pub pending_events: u64,
    pub living_processes: u64,
}

/// A report longer than this helps nobody.
const MOST_FINDINGS: usize = 200;

/// The processes that are known, and those of them that live.
struct Processes {
    known: HashMap<Id, Process>,
    living: HashSet<Id>,
}

impl Processes {
    async fn read(context: &Context) -> Result<Self> {
        let known = context.store.processes.list(&Query::all()).await?.items;
        let known = known.into_iter().map(|process| (process.id, process)).collect();
        Ok(Self { known, living: leases::living(context).await? })
    }

    fn lives(&self, id: &Id) -> bool {
        self.living.contains(id)
    }

    fn describe(&self, id: &Id) -> String {
        let state = if self.lives(id) { "alive" } else { "dead" };
        match self.known.get(id) {
            Some(process) => format!("{}, process {} ({state})", process.hostname, process.pid),
            None => format!("process {id}, unknown ({state})"),
        }
    }
}

/// Looks at everything.
pub async fn examine(context: &Context) -> Report {
    let mut report = Report {
        at: context.now(),
        healthy: false,
        findings: surroundings::parts(&health::readiness(context).await),
        more: false,
        unfinished_executions: 0,
        pending_events: 0,
        living_processes: 0,
    };
    report.findings.extend(surroundings::disk(&context.settings.data_dir, report.at));
    if let Err(error) = look_into_store(context, &mut report).await {
        report.findings.push(Finding::new("store_unreadable", "store", error.to_string()));
    }
    report.more = report.findings.len() > MOST_FINDINGS;
    report.findings.truncate(MOST_FINDINGS);
    report.healthy = report.findings.is_empty();
    report
}

async fn look_into_store(context: &Context, report: &mut Report) -> Result<()> {
    let processes = Processes::read(context).await?;
    report.living_processes = processes.living.len() as u64;
    report.findings.extend(surroundings::roles(context, &processes));
    executions::examine(context, &processes, report).await?;
    surroundings::events(context, report).await?;
    surroundings::sensors(context, &processes, report).await?;
    surroundings::timers(context, report).await
}
