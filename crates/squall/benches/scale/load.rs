//! As much work as the machine can do, handed in by several clients to every process that serves the API.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use futures::future::try_join_all;

use crate::client::Connection;
use crate::execution;
use crate::platform::Platform;
use crate::support::lanes::Lanes;

const CLIENTS: usize = 16;
const WARM_UP: usize = 32;
/// As many actions at a time as a runner has by default.
const AT_A_TIME: usize = 60;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
const ROLES: [&str; 10] =
    ["api", "auth", "stream", "sensors", "timers", "rules", "scheduler", "workflow", "actionrunner", "notifier"];
const RULE: &str = r#"{"name": "bench", "pack": "compat", "enabled": true,
    "trigger": {"type": "core.st2.webhook", "parameters": {"url": "bench"}},
    "action": {"ref": "core.noop", "parameters": {}}}"#;

/// What is handed in.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Executions,
    Events,
    Workflows,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Executions, Self::Events, Self::Workflows];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Executions => "executions",
            Self::Events => "events",
            Self::Workflows => "workflows",
        }
    }

    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Executions => "`core.noop` executions accepted and finished",
            Self::Events => "webhooks, each through a rule to a finished `core.noop`",
            Self::Workflows => "workflows of three actions accepted and finished",
        }
    }

    const fn count(self) -> usize {
        match self {
            Self::Executions | Self::Events => 1600,
            Self::Workflows => 320,
        }
    }

    /// What is posted, where, and how that is answered.
    const fn request(self) -> (&'static str, &'static str, u16) {
        match self {
            Self::Executions => ("/v1/executions", r#"{"action": "core.noop"}"#, 201),
            Self::Events => ("/v1/webhooks/bench", "{}", 202),
            Self::Workflows => ("/v1/executions", r#"{"action": "examples.parallel_join"}"#, 201),
        }
    }

    /// The list that is as long as there are pieces of work done.
    const fn done(self) -> &'static str {
        match self {
            Self::Executions | Self::Events => "action=core.noop&status=succeeded",
            Self::Workflows => "action=examples.parallel_join&status=succeeded",
        }
    }
}

/// Returns pieces of work a second, from the first request to the end of the last, on a platform with so many processes of every role.
pub(crate) async fn rate(lanes: &Lanes, kind: Kind, processes: usize) -> Result<f64> {
    let counts = ROLES.map(|role| (role, processes));
    let mut platform = Platform::start(lanes, &counts, AT_A_TIME).await?;
    let mut connection = platform.connect().await?;
    connection.post("/v1/rules", RULE).await?.expect::<serde_json::Value>(201)?;
    work_off(&platform, kind, WARM_UP).await?;
    let began = Instant::now();
    work_off(&platform, kind, kind.count()).await?;
    let took = began.elapsed();
    platform.fleet.stop();
    Ok(kind.count() as f64 / took.as_secs_f64())
}

/// Hands in so many pieces of work and waits until all are done.
async fn work_off(platform: &Platform, kind: Kind, count: usize) -> Result<()> {
    let mut observer = platform.connect().await?;
    let before = execution::count(&mut observer, kind.done()).await?;
    try_join_all((0..CLIENTS).map(|number| client(platform, kind, number, count / CLIENTS))).await?;
    while execution::count(&mut observer, kind.done()).await? < before + count as u64 {
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(())
}

async fn client(platform: &Platform, kind: Kind, number: usize, count: usize) -> Result<()> {
    let apis = &platform.fleet.apis;
    let mut connection = Connection::open(apis[number % apis.len()], "").await?;
    for _ in 0..count {
        post(&mut connection, kind).await?;
    }
    Ok(())
}

async fn post(connection: &mut Connection, kind: Kind) -> Result<()> {
    let (target, body, status) = kind.request();
    let answer = connection.post(target, body).await?;
    if answer.status != status {
        bail!("{target} answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    Ok(())
}
