//! What executions depend on: parts of the process, other processes, events, sensors, timers, the disk.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use squall_model::{Timestamp, Trigger};
use squall_store::{Condition, Query, Result};

use super::{Finding, Processes, Report};
use crate::Context;
use crate::health::{Component, Readiness};

const PENDING: Duration = Duration::from_secs(30);
/// Less room than this is told before it is too late.
const LEAST_BYTES_FREE: u64 = 512 * 1024 * 1024;
const LEAST_SHARE_FREE: u64 = 5;
/// So much is enough, however small a share of a large disk it is.
const ENOUGH_BYTES_FREE: u64 = 5 * 1024 * 1024 * 1024;
/// What must be done by somebody, as roles are named to `squall serve`.
const NEEDED: [&str; 7] = ["sensors", "timers", "rules", "scheduler", "workflow", "actionrunner", "notifier"];

/// Returns the parts of this process that are not well.
pub(super) fn parts(readiness: &Readiness) -> Vec<Finding> {
    let finding = |kind, name: &str, part: &Component| {
        let detail = part.reason.clone().unwrap_or_else(|| "unavailable".to_owned());
        (!part.ok).then(|| Finding::new(kind, name, detail).since(part.since))
    };
    let roles = readiness.roles.iter().filter_map(|(name, role)| finding("role_ended", name, role));
    let store = finding("store_unreachable", "store", &readiness.store);
    store.into_iter().chain(finding("bus_unreachable", "bus", &readiness.bus)).chain(roles).collect()
}

/// Returns the roles that no living process has. With an embedded store this process has them all.
pub(super) fn roles(context: &Context, processes: &Processes) -> Vec<Finding> {
    if context.settings.embedded {
        return Vec::new();
    }
    let living: Vec<_> = processes.known.values().filter(|process| processes.lives(&process.id)).collect();
    let is_missing = |role: &&str| !living.iter().any(|process| process.roles.iter().any(|has| has == role));
    let finding = |role: &str| Finding::new("role_missing", format!("role {role}"), "no living process has it");
    NEEDED.iter().copied().filter(|role| is_missing(role)).map(finding).collect()
}

pub(super) async fn events(context: &Context, report: &mut Report) -> Result<()> {
    let oldest = report.at.before(PENDING);
    let query = Query::all().equals("status", "pending").ascending("occurrence_time");
    report.pending_events = context.store.trigger_instances.list(&query.clone().limit(1)).await?.total;
    let old = query.filter("occurrence_time", Condition::AtMost(serde_json::json!(oldest))).limit(20);
    let page = context.store.trigger_instances.list(&old).await?;
    for event in page.items {
        let subject = format!("trigger instance {} ({})", event.id, event.trigger);
        let finding = Finding::new("event_pending", subject, "no rules engine has looked at it");
        report.findings.push(Finding { repair: Some("match it"), ..finding.since(event.occurrence_time) });
    }
    Ok(())
}

pub(super) async fn sensors(context: &Context, processes: &Processes, report: &mut Report) -> Result<()> {
    let states = context.store.sensor_states.list(&Query::all()).await?.items;
    for sensor in context.store.sensors.list(&Query::all()).await?.items.into_iter().filter(|sensor| sensor.enabled) {
        let subject = format!("sensor {}", sensor.reference);
        let Some(state) = states.iter().find(|state| state.sensor == sensor.reference) else {
            report.findings.push(Finding::new("sensor_not_running", subject, "nobody has started it"));
            continue;
        };
        let owner = state.owner.map(|owner| processes.describe(&owner));
        let is_owned = state.owner.is_some_and(|owner| processes.lives(&owner));
        let finding = match state.status.as_str() {
            "failed" => {
                let error = state.last_error.as_deref().unwrap_or("it ended");
                let restarts = state.restarts;
                Finding::new(
                    "sensor_failing",
                    subject,
                    format!("started again {restarts} times; the last error: {error}"),
                )
            }
            "running" | "starting" if !is_owned => Finding::new("owner_dead", subject, "its process is gone"),
            _ => continue,
        };
        report.findings.push(Finding { owner, ..finding.since(state.since) });
    }
    Ok(())
}

/// Interval timers whose slots have passed without an event. (When the others are due only their schedules know.)
pub(super) async fn timers(context: &Context, report: &mut Report) -> Result<()> {
    let triggers = context.store.triggers.list(&Query::all().equals("type", "core.st2.IntervalTimer")).await?.items;
    for state in context.store.timer_states.list(&Query::all()).await?.items {
        let trigger = triggers.iter().find(|trigger| trigger.reference == state.trigger);
        let Some(interval) = trigger.and_then(interval) else { continue };
        let last = state.last_slot.unwrap_or(state.since);
        if report.at.since(last) > interval * 2 + PENDING {
            let detail = format!("fires every {} s, but has not fired", interval.as_secs());
            let finding = Finding::new("timer_behind", format!("timer {}", state.trigger), detail);
            report.findings.push(finding.since(last));
        }
    }
    Ok(())
}

fn interval(trigger: &Trigger) -> Option<Duration> {
    let seconds = match trigger.parameters.get("unit").and_then(Value::as_str)? {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => 3600,
        "days" => 86_400,
        "weeks" => 604_800,
        _ => return None,
    };
    let delta = trigger.parameters.get("delta").and_then(Value::as_u64)?;
    Some(Duration::from_secs(delta.checked_mul(seconds)?))
}

/// Tells whether the data directory has little room left.
pub(super) fn disk(data_dir: &Path, now: Timestamp) -> Option<Finding> {
    let found = rustix::fs::statvfs(data_dir).ok()?;
    let (free, all) = (found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize);
    short_of_room(free, all).then(|| {
        let detail = format!("{} MB free of {} MB", free / 1_048_576, all / 1_048_576);
        Finding::new("disk_nearly_full", data_dir.display().to_string(), detail).since(now)
    })
}

fn short_of_room(free: u64, all: u64) -> bool {
    free < LEAST_BYTES_FREE || free < (all / 100 * LEAST_SHARE_FREE).min(ENOUGH_BYTES_FREE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_told_by_size_and_by_share() {
        const GB: u64 = 1 << 30;
        assert!(short_of_room(GB / 4, 10 * GB));
        assert!(short_of_room(4 * GB, 100 * GB));
        assert!(!short_of_room(6 * GB, 100 * GB));
        assert!(!short_of_room(GB, 10 * GB));
        assert!(!short_of_room(6 * GB, 1000 * GB));
    }
}
