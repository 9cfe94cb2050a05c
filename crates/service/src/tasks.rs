//! Spawned tasks: the kind says what failure and shutdown mean.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{Instrument, error, info_span};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// The process is useless without it: when it ends before shutdown, the process shuts down.
    Essential,
    /// One piece of work; shutdown waits for it.
    Work,
    /// Shutdown does not wait for it.
    Background,
}

/// Spawns tasks and knows when they have ended.
#[derive(Clone)]
pub struct Tasks {
    stopping: Arc<watch::Sender<bool>>,
    running: Arc<watch::Sender<usize>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self { stopping: Arc::new(watch::channel(false).0), running: Arc::new(watch::channel(0).0) }
    }
}

impl Tasks {
    pub fn spawn(&self, kind: TaskKind, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let span = info_span!("task", task = name);
        let (stopping, running) = (Arc::clone(&self.stopping), Arc::clone(&self.running));
        if kind != TaskKind::Background {
            running.send_modify(|count| *count += 1);
        }
        let guard = Guard { kind, name, stopping, running, finished: false };
        let work = async move {
            let mut guard = guard;
            future.await;
            guard.finished = true;
        };
        tokio::spawn(work.instrument(span));
    }

    /// Tells all tasks to stop.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Returns a handle that resolves when stopping begins.
    pub fn shutdown(&self) -> Shutdown {
        Shutdown { stopping: self.stopping.subscribe() }
    }

    /// Waits until every task but those in the background has ended; false when that takes longer than `limit`.
    pub async fn wait(&self, limit: Duration) -> bool {
        let mut running = self.running.subscribe();
        let ended = async { running.wait_for(|count| *count == 0).await.is_ok() };
        tokio::time::timeout(limit, ended).await.unwrap_or(false)
    }
}

/// Counts a task out, also when it panics.
struct Guard {
    kind: TaskKind,
    name: &'static str,
    stopping: Arc<watch::Sender<bool>>,
    running: Arc<watch::Sender<usize>>,
    finished: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.finished {
            error!(task = self.name, "task ended by a panic");
        }
        if self.kind != TaskKind::Background {
            self.running.send_modify(|count| *count -= 1);
        }
        if self.kind == TaskKind::Essential && !*self.stopping.borrow() {
            error!(task = self.name, "an essential task ended; the process stops");
            self.stopping.send_replace(true);
        }
    }
}

/// Resolves when the process is told to stop.
#[derive(Clone)]
pub struct Shutdown {
    stopping: watch::Receiver<bool>,
}

impl Shutdown {
    pub async fn wait(&mut self) {
        // An error means that the sender is gone, which is a stop as well.
        let _stopped = self.stopping.wait_for(|stopping| *stopping).await;
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}
