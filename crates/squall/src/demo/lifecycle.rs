//! The five phases, each ending in checks against the simulator's own state. The demo plays them in one process; the tests play them
//! against a server that is killed again and again.

mod checks;
mod phases;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

pub use crate::demo::call::{Platform, Simulator};

/// Hears what happens.
pub trait Observer: Send + Sync {
    fn phase(&self, number: usize, title: &str);
    /// Something was checked in the simulator, and it holds.
    fn checked(&self, what: &str);
}

/// An observer that does not care.
pub struct Silent;

impl Observer for Silent {
    fn phase(&self, _number: usize, _title: &str) {}

    fn checked(&self, _what: &str) {}
}

/// The group that is played with.
#[derive(Debug, Clone)]
pub struct Group {
    pub name: String,
    pub domain: String,
    pub application: String,
    pub min_nodes: usize,
    pub max_nodes: usize,
    pub expand_by: usize,
    pub deflate_by: usize,
    /// Minutes, as the pack counts.
    pub expand_delay: f64,
    pub deflate_delay: f64,
    /// How long any one step may take.
    pub limit: Duration,
}

impl Group {
    /// The group of the demo: small, and in a hurry.
    pub fn demo() -> Self {
        Self {
            name: "shop".to_owned(),
            domain: "example.com".to_owned(),
            application: "Shop".to_owned(),
            min_nodes: 2,
            max_nodes: 6,
            expand_by: 2,
            deflate_by: 2,
            expand_delay: 0.1,
            deflate_delay: 0.1,
            limit: Duration::from_secs(180),
        }
    }

    fn parameters(&self) -> Value {
        json!({
            "name": self.name,
            "domain": self.domain,
            "application_name": self.application,
            "min_nodes": self.min_nodes,
            "max_nodes": self.max_nodes,
            "expand_by": self.expand_by,
            "deflate_by": self.deflate_by,
            "expand_delay": self.expand_delay,
            "deflate_delay": self.deflate_delay,
            "drain_seconds": 1,
        })
    }
}

/// What one phase came to.
#[derive(Debug, Clone)]
pub struct PhaseReport {
    pub number: usize,
    pub title: &'static str,
    pub duration: Duration,
    /// Executions that were requested during the phase.
    pub executions: u64,
    pub nodes_before: usize,
    pub nodes_after: usize,
}

/// Plays the life of one group.
pub struct LifeCycle {
    platform: Platform,
    simulator: Simulator,
    group: Group,
    observer: Arc<dyn Observer>,
}

impl LifeCycle {
    pub fn new(platform: Platform, simulator: String, group: Group, observer: Arc<dyn Observer>) -> Self {
        // A client without any option can always be made.
        let simulator = Simulator::new(simulator).unwrap_or_else(|error| panic!("no HTTP client: {error}"));
        Self { platform, simulator, group, observer }
    }

    /// Plays all phases; an error names the phase and what did not hold.
    pub async fn play(&self) -> Result<Vec<PhaseReport>> {
        self.hurry_the_governor().await?;
        let mut reports = Vec::new();
        for (number, phase) in phases::ALL.iter().enumerate() {
            self.observer.phase(number, phase.title);
            reports.push(self.play_phase(number, phase).await?);
        }
        Ok(reports)
    }
}
