//! One platform for one measurement.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tempfile::TempDir;

use crate::client::Connection;
use crate::support::fleet::Fleet;
use crate::support::lanes::Lanes;

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

pub(crate) struct Platform {
    pub(crate) fleet: Fleet,
    _directory: TempDir,
}

impl Platform {
    /// Starts all processes and waits until every one of them has said that it is there.
    pub(crate) async fn start(lanes: &Lanes, counts: &[(&str, usize)], pool: usize) -> Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("squall_bench_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let directory = tempfile::tempdir()?;
        let mut fleet = Fleet::distributed(directory.path(), counts, &lanes.database(&name), &lanes.bus, &name);
        for member in &mut fleet.members {
            member.set("SQUALL_ACTIONRUNNER_POOL_SIZE", Some(&pool.to_string()));
        }
        fleet.start();
        let platform = Self { fleet, _directory: directory };
        for (role, count) in counts {
            platform.wait_for_members(role, *count).await?;
        }
        Ok(platform)
    }

    pub(crate) async fn connect(&self) -> Result<Connection> {
        Connection::open(self.fleet.api, "").await
    }

    /// Waits until so many processes of a role are registered as living.
    async fn wait_for_members(&self, role: &str, count: usize) -> Result<()> {
        let group = match role {
            "workflow" => "workflow_engine",
            "rules" => "rulesengine",
            "sensors" => "sensorcontainer",
            "timers" => "timer_engine",
            other => other,
        };
        let mut connection = self.connect().await?;
        loop {
            let answer = connection.get(&format!("/v1/service_registry/groups/{group}/members")).await?;
            let found: Value = if answer.status == 200 { answer.expect(200)? } else { Value::Null };
            if found["members"].as_array().is_some_and(|members| members.len() >= count) {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}
