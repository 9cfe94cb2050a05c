//! The account after a row: attempted, acknowledged, finished, lost, duplicated, stuck, recovered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::journal;
use crate::load::{Client, Kind, Work};

/// How long after the last fault the last piece of work may end before it counts as stuck.
const LIMIT: Duration = Duration::from_secs(60);
/// What ends later than this after the last fault is told of.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// How many of those are told of one by one.
const TOLD: usize = 3;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
const UNFINISHED: [&str; 9] =
    ["requested", "delayed", "scheduled", "pending", "running", "pausing", "paused", "resuming", "canceling"];
const FINISHED: [&str; 5] = ["succeeded", "failed", "timeout", "canceled", "abandoned"];

#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    pub(crate) attempted: usize,
    pub(crate) acknowledged: usize,
    pub(crate) finished: usize,
    /// Ended as failed: an action was lost with its process and must not run again.
    pub(crate) abandoned: usize,
    /// Effects of actions that may run again, beyond the first.
    pub(crate) repeated: usize,
    /// From the end of the last fault until everything had ended.
    pub(crate) recovered: Duration,
    /// How many faults there were.
    pub(crate) faults: usize,
    pub(crate) lost: Vec<String>,
    pub(crate) duplicated: Vec<String>,
    pub(crate) stuck: Vec<String>,
    /// Why the row could not be played here.
    pub(crate) not_played: Option<String>,
    /// What else a person wants to read.
    pub(crate) remarks: Vec<String>,
}

impl Account {
    pub(crate) fn not_played(reason: &str) -> Self {
        Self { not_played: Some(reason.to_owned()), ..Self::default() }
    }

    /// Waits until everything that was acknowledged has ended, and compares with the journal.
    ///
    /// `may_abandon` says whether processes that run actions were killed.
    pub(crate) fn settle(client: &Client, work: &[Work], faults: usize, may_abandon: bool) -> Self {
        Self::settle_within(client, work, faults, may_abandon, LIMIT)
    }

    /// As [`Self::settle`], for work that takes its time.
    pub(crate) fn settle_within(
        client: &Client,
        work: &[Work],
        faults: usize,
        may_abandon: bool,
        limit: Duration,
    ) -> Self {
        let mut account = Self { faults, attempted: work.len(), ..Self::default() };
        let statuses = account.wait(client, work, limit);
        let effects = journal::read(&client.journal);
        let counts = journal::counts(&effects);
        for one in work.iter().filter(|one| one.acknowledged.is_some()) {
            account.acknowledged += 1;
            let own: Vec<usize> =
                counts.iter().filter(|((token, _), _)| *token == one.token).map(|(_, count)| *count).collect();
            account.judge(one, statuses.get(&one.token).map(String::as_str), &own, may_abandon);
        }
        account
    }

    fn wait(&mut self, client: &Client, work: &[Work], limit: Duration) -> BTreeMap<String, String> {
        let started = Instant::now();
        let work: Vec<&Work> = work.iter().filter(|one| one.acknowledged.is_some()).collect();
        let mut late: Option<Vec<&Work>> = None;
        loop {
            let waiting = unfinished(client, &work);
            self.recovered = started.elapsed();
            let is_over = self.recovered > limit;
            if waiting.is_empty() || is_over {
                let statuses = statuses(client, &work);
                let without = || work.iter().copied().filter(|one| !statuses.contains_key(&one.token));
                if is_over || without().next().is_none() {
                    self.stuck.extend(without().map(|one| describe(client, one)));
                    self.tell_of_late(client, &late.unwrap_or_default());
                    return statuses;
                }
            }
            if self.recovered > SOON && late.is_none() {
                late = Some(waiting);
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }

    fn tell_of_late(&mut self, client: &Client, late: &[&Work]) {
        if late.is_empty() {
            return;
        }
        self.remarks.push(format!("{} had not ended {} s after the last fault", late.len(), SOON.as_secs()));
        self.remarks.extend(late.iter().rev().take(TOLD).map(|one| describe(client, one)));
    }

    fn judge(&mut self, work: &Work, status: Option<&str>, counts: &[usize], may_abandon: bool) {
        let Some(status) = status else { return };
        self.finished += 1;
        let beyond: usize = counts.iter().map(|count| count - 1).sum();
        if work.may_repeat || work.kind == Kind::Event {
            self.repeated += beyond;
        } else if beyond > 0 {
            self.duplicated.push(format!("{}: {counts:?}", work.token));
        }
        match status {
            "succeeded" if counts.len() == work.kind.effects() => {}
            "succeeded" => self.lost.push(format!("{}: succeeded with {} effects", work.token, counts.len())),
            "failed" if may_abandon && !work.may_repeat => self.abandoned += 1,
            other => self.lost.push(format!("{}: {other} with {} effects", work.token, counts.len())),
        }
    }

    pub(crate) fn holds(&self) -> bool {
        self.lost.is_empty()
            && self.duplicated.is_empty()
            && self.stuck.is_empty()
            && self.finished == self.acknowledged
    }

    /// Says how much the processes have grown; too much is a reason to fail.
    pub(crate) fn judge_growth(&mut self, grown: &[(String, usize)], limit: usize, when: &str) {
        for (role, bytes) in grown {
            let text = format!("{role} grew by {} MB {when}", bytes >> 20);
            if *bytes > limit { self.stuck.push(text) } else { self.remarks.push(text) }
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.attempted += other.attempted;
        self.acknowledged += other.acknowledged;
        self.finished += other.finished;
        self.abandoned += other.abandoned;
        self.repeated += other.repeated;
        self.recovered = self.recovered.max(other.recovered);
        self.faults += other.faults;
        self.lost.extend(other.lost);
        self.duplicated.extend(other.duplicated);
        self.stuck.extend(other.stuck);
        self.remarks.extend(other.remarks);
    }
}

/// What a person needs who looks for the reason.
fn describe(client: &Client, work: &Work) -> String {
    let (token, kind) = (&work.token, work.kind);
    let Some(id) = &work.execution else { return format!("{token} {kind:?}") };
    let execution = client.get(&format!("/v1/executions/{id}")).unwrap_or_default();
    let children = client.get(&format!("/v1/executions?parent={id}")).unwrap_or_default();
    let moves = |execution: &Value| {
        let log = execution["log"].as_array().cloned().unwrap_or_default();
        let entries = log.iter().filter_map(|entry| Some((entry["status"].as_str()?, entry["timestamp"].as_str()?)));
        // The time of day is enough.
        entries.map(|(status, at)| format!("{status} {}", at.get(11..23).unwrap_or(at))).collect::<Vec<_>>().join(", ")
    };
    let children: Vec<String> = children.as_array().into_iter().flatten().map(moves).collect();
    format!("{token} {kind:?} {id}: {}; its actions: {children:?}", moves(&execution))
}

/// Returns the work that has not ended; all of it while nobody answers. It is looked for among what runs, because asking for each piece
/// takes longer than the platform needs to finish it.
fn unfinished<'a>(client: &Client, work: &[&'a Work]) -> Vec<&'a Work> {
    let mut running = BTreeSet::new();
    // In the order of a life, so that nothing moves on unseen.
    for status in UNFINISHED {
        let path = format!("/v1/executions?status={status}&limit=-1&include_attributes=status");
        let Some(Value::Array(found)) = client.get(&path) else { return work.to_vec() };
        running.extend(found.iter().filter_map(|execution| execution["id"].as_str().map(str::to_owned)));
    }
    let happened = happened(client);
    let waits = |one: &&Work| match &one.execution {
        Some(id) => running.contains(id),
        None => !happened.contains(&one.token),
    };
    work.iter().copied().filter(waits).collect()
}

/// Returns what became of the work that has ended.
fn statuses(client: &Client, work: &[&Work]) -> BTreeMap<String, String> {
    let happened = happened(client);
    let status = |one: &&Work| match &one.execution {
        Some(id) => {
            let execution = client.get(&format!("/v1/executions/{id}"))?;
            let status = execution["status"].as_str().filter(|status| FINISHED.contains(status))?;
            Some((one.token.clone(), status.to_owned()))
        }
        None => happened.contains(&one.token).then(|| (one.token.clone(), "succeeded".to_owned())),
    };
    work.iter().filter_map(status).collect()
}

/// The tokens with an effect: nobody knows the execution of an event.
fn happened(client: &Client) -> BTreeSet<String> {
    journal::read(&client.journal).into_iter().map(|effect| effect.token).collect()
}

/// Returns whether the database of a server that has stopped is whole.
pub(crate) fn integrity(data_dir: &Path) -> String {
    let database = rusqlite::Connection::open(data_dir.join("squall.db")).expect("the database");
    database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a verdict")
}
