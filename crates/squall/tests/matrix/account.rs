//! The account after a row: attempted, acknowledged, finished, lost, duplicated, stuck, recovered.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::journal;
use crate::load::{Client, Kind, Work};

/// How long after the last fault the last piece of work may end before it counts as stuck.
const LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
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
        let mut statuses = BTreeMap::new();
        loop {
            let waiting: Vec<&Work> =
                work.iter().filter(|one| one.acknowledged.is_some() && !statuses.contains_key(&one.token)).collect();
            if waiting.is_empty() {
                self.recovered = started.elapsed();
                return statuses;
            }
            if started.elapsed() > limit {
                self.recovered = started.elapsed();
                self.stuck.extend(waiting.iter().map(|one| describe(client, one)));
                return statuses;
            }
            let events = journal::read(&client.journal);
            for one in waiting {
                match status(client, one, &events) {
                    Seen::Ended(status) => {
                        statuses.insert(one.token.clone(), status);
                    }
                    Seen::Running => {}
                }
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
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

enum Seen {
    Ended(String),
    Running,
}

/// What a person needs who looks for the reason.
fn describe(client: &Client, work: &Work) -> String {
    let (token, kind) = (&work.token, work.kind);
    let Some(id) = &work.execution else { return format!("{token} {kind:?}") };
    let execution = client.get(&format!("/v1/executions/{id}")).unwrap_or_default();
    let children = client.get(&format!("/v1/executions?parent={id}")).unwrap_or_default();
    let moves = |execution: &serde_json::Value| {
        let log = execution["log"].as_array().cloned().unwrap_or_default();
        log.iter().filter_map(|entry| entry["status"].as_str()).collect::<Vec<_>>().join(" ")
    };
    let children: Vec<String> = children.as_array().into_iter().flatten().map(moves).collect();
    format!("{token} {kind:?} {id}: {}; its actions: {children:?}", moves(&execution))
}

fn status(client: &Client, work: &Work, effects: &[journal::Effect]) -> Seen {
    let Some(id) = &work.execution else {
        let happened = effects.iter().any(|effect| effect.token == work.token);
        return if happened { Seen::Ended("succeeded".to_owned()) } else { Seen::Running };
    };
    let execution = client.get(&format!("/v1/executions/{id}"));
    let status = execution.as_ref().and_then(|execution| execution["status"].as_str()).unwrap_or_default();
    if FINISHED.contains(&status) { Seen::Ended(status.to_owned()) } else { Seen::Running }
}

/// Returns whether the database of a server that has stopped is whole.
pub(crate) fn integrity(data_dir: &Path) -> String {
    let database = rusqlite::Connection::open(data_dir.join("squall.db")).expect("the database");
    database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a verdict")
}
