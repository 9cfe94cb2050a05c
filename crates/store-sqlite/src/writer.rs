//! The writer thread: many callers' writes in one commit.

use std::time::Instant;

use rusqlite::Connection;
use squall_store::{Error, Result};
use squall_telemetry::metrics;
use tokio::sync::{mpsc, oneshot};
use tracing::error;

use crate::failure;

/// How many writes one commit may hold.
const MOST_PER_COMMIT: usize = 1000;
/// How many writes may wait; callers beyond that wait before the channel.
const BACKLOG: usize = 4096;

/// What a job leaves to be done once its commit has succeeded or failed.
type Completion = Box<dyn FnOnce(Option<&Error>) + Send>;

/// When a write has to be on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Before anybody hears of it.
    AtOnce,
    /// Together with the next one that has to: the end of the process does not undo it, a loss of power before that may.
    WithTheNext,
}

struct Job {
    durability: Durability,
    work: Box<dyn FnOnce(&Connection) -> Completion + Send>,
}

/// Hands work to the writer thread. Clones share the thread.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<Self> {
        let (jobs, waiting) = mpsc::channel(BACKLOG);
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || Thread { connection, level: Durability::AtOnce }.run(waiting))
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { jobs })
    }

    /// Runs `work` inside a commit and answers when that is as durable as asked for. What fails leaves nothing behind and harms no
    /// other's work.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        after_commit: impl FnOnce() + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |connection: &Connection| -> Completion {
            let outcome = in_savepoint(connection, work);
            Box::new(move |failed: Option<&Error>| {
                let outcome = match failed {
                    Some(error) => Err(Error::Unavailable(error.to_string())),
                    None => outcome,
                };
                if outcome.is_ok() {
                    after_commit();
                }
                // The caller may have gone away; the write stands.
                let _gone = answer.send(outcome);
            })
        });
        let stopped = || Error::Unavailable("the store has shut down".to_owned());
        self.jobs.send(Job { durability, work }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

fn in_savepoint<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    connection.execute_batch("SAVEPOINT job").map_err(failure)?;
    let outcome = work(connection);
    let end = if outcome.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    connection.execute_batch(end).map_err(failure)?;
    outcome
}

/// What the writer thread owns.
struct Thread {
    connection: Connection,
    /// What a commit waits for now.
    level: Durability,
}

impl Thread {
    fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut completions = Vec::new();
            let begun = Instant::now();
            let failed = self.commit(first, &mut waiting, &mut completions).err();
            if let Some(error) = &failed {
                metrics().commit_failed();
                error!(%error, writes = completions.len(), "commit failed; nothing of it is acknowledged");
            }
            if failed.is_none() {
                metrics().committed(completions.len(), begun.elapsed().as_secs_f64());
            }
            for completion in completions {
                completion(failed.as_ref());
            }
        }
    }

    fn commit(
        &mut self,
        first: Job,
        waiting: &mut mpsc::Receiver<Job>,
        completions: &mut Vec<Completion>,
    ) -> Result<()> {
        let jobs: Vec<Job> = std::iter::once(first)
            .chain(std::iter::from_fn(|| waiting.try_recv().ok()).take(MOST_PER_COMMIT - 1))
            .collect();
        if let Err(error) = self.begin(&jobs) {
            // The jobs run outside of a transaction and fail there, so that their callers hear why.
            completions.extend(jobs.into_iter().map(refused));
            return Err(error);
        }
        let connection = &self.connection;
        completions.extend(jobs.into_iter().map(|job| (job.work)(connection)));
        // What came meanwhile shares a commit that waits for the disk anyway.
        while self.level == Durability::AtOnce && completions.len() < MOST_PER_COMMIT {
            match waiting.try_recv() {
                Ok(job) => completions.push((job.work)(connection)),
                Err(_) => break,
            }
        }
        // A full disk may have rolled the transaction back already.
        if connection.is_autocommit() {
            return Err(Error::Unavailable("the disk is full".to_owned()));
        }
        connection.execute_batch("COMMIT").map_err(failure).inspect_err(|_| {
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("ROLLBACK")
            {
                error!(%error, "rollback failed");
            }
        })
    }

    /// Begins a transaction that is as durable as the most demanding of the jobs asks for.
    fn begin(&mut self, jobs: &[Job]) -> Result<()> {
        let is_urgent = jobs.iter().any(|job| job.durability == Durability::AtOnce);
        let level = if is_urgent { Durability::AtOnce } else { Durability::WithTheNext };
        if level != self.level {
            // In WAL mode, NORMAL leaves the sync of a commit to the next one that makes it.
            let setting = if is_urgent { "FULL" } else { "NORMAL" };
            self.connection.execute_batch(&format!("PRAGMA synchronous = {setting}")).map_err(failure)?;
            self.level = level;
        }
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(failure)
    }
}

/// Turns a job that can't be run into its completion.
fn refused(job: Job) -> Completion {
    match Connection::open_in_memory() {
        Ok(nowhere) => (job.work)(&nowhere),
        Err(_) => Box::new(|_| {}),
    }
}
