//! Spawned tasks: the kind says what failure and shutdown mean.

use std::future::Future;
use std::pin::Pin;
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

/// A task on its way to whoever runs it.
pub type Spawned = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs tasks in place of tokio: a simulation that decides who is next.
pub trait Spawner: Send + Sync {
    fn spawn(&self, name: &'static str, task: Spawned);
}

/// Spawns tasks and knows when they have ended.
#[derive(Clone)]
pub struct Tasks {
    spawner: Option<Arc<dyn Spawner>>,
    stopping: Arc<watch::Sender<bool>>,
    closing: Arc<watch::Sender<bool>>,
    working: Arc<watch::Sender<usize>>,
    essential: Arc<watch::Sender<usize>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            spawner: None,
            stopping: Arc::new(watch::channel(false).0),
            closing: Arc::new(watch::channel(false).0),
            working: Arc::new(watch::channel(0).0),
            essential: Arc::new(watch::channel(0).0),
        }
    }
}

impl Tasks {
    /// Returns tasks that somebody else than tokio runs.
    pub fn run_by(spawner: Arc<dyn Spawner>) -> Self {
        Self { spawner: Some(spawner), ..Self::default() }
    }

    pub fn spawn(&self, kind: TaskKind, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let span = info_span!("task", task = name);
        let counted = match kind {
            TaskKind::Essential => Some(Arc::clone(&self.essential)),
            TaskKind::Work => Some(Arc::clone(&self.working)),
            TaskKind::Background => None,
        };
        if let Some(counted) = &counted {
            counted.send_modify(|count| *count += 1);
        }
        let guard = Guard { kind, name, stopping: Arc::clone(&self.stopping), counted, finished: false };
        let work = async move {
            let mut guard = guard;
            future.await;
            guard.finished = true;
        };
        match &self.spawner {
            Some(spawner) => spawner.spawn(name, Box::pin(work.instrument(span))),
            None => {
                tokio::spawn(work.instrument(span));
            }
        }
    }

    /// Tells all tasks to take no new work; what runs may end, and the API still answers what runs.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Tells the faces of the API to close: nothing runs any more that could ask them.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Returns a handle that resolves when closing begins.
    pub fn closing(&self) -> Shutdown {
        Shutdown { stopping: self.closing.subscribe() }
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Returns a handle that resolves when stopping begins.
    pub fn shutdown(&self) -> Shutdown {
        Shutdown { stopping: self.stopping.subscribe() }
    }

    /// Waits until all work has ended; false when that takes longer than `limit`.
    pub async fn wait_for_work(&self, limit: Duration) -> bool {
        none_left(&self.working, limit).await
    }

    /// Waits until all essential tasks have ended; false when that takes longer than `limit`.
    pub async fn wait_for_essential(&self, limit: Duration) -> bool {
        none_left(&self.essential, limit).await
    }
}

async fn none_left(count: &watch::Sender<usize>, limit: Duration) -> bool {
    let mut count = count.subscribe();
    let ended = async { count.wait_for(|count| *count == 0).await.is_ok() };
    tokio::time::timeout(limit, ended).await.unwrap_or(false)
}

/// Counts a task out, also when it panics.
struct Guard {
    kind: TaskKind,
    name: &'static str,
    stopping: Arc<watch::Sender<bool>>,
    counted: Option<Arc<watch::Sender<usize>>>,
    finished: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(counted) = &self.counted {
            counted.send_modify(|count| *count -= 1);
        }
        let panicked = !self.finished && std::thread::panicking();
        if panicked {
            error!(task = self.name, "task ended by a panic");
        }
        // A task that is neither finished nor in a panic was dropped with the whole process, which is no news.
        let ended = self.finished || panicked;
        if ended && self.kind == TaskKind::Essential && !*self.stopping.borrow() {
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic while logging").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Returns what is logged about a task when its runtime goes away.
    fn log_of(kind: TaskKind, future: impl Future<Output = ()> + Send + 'static) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async {
                Tasks::default().spawn(kind, "listener", future);
                tokio::task::yield_now().await;
            });
        });
        let bytes = log.0.lock().expect("no panic while logging").clone();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn a_task_that_is_dropped_with_the_process_is_not_logged_as_a_panic() {
        for kind in [TaskKind::Essential, TaskKind::Work, TaskKind::Background] {
            assert_eq!(log_of(kind, std::future::pending()), "", "{kind:?}");
        }
    }

    #[test]
    fn a_panic_is_logged_with_the_name_of_its_task() {
        let log = log_of(TaskKind::Essential, async { panic!("as a test") });
        for said in ["task ended by a panic", "listener", "an essential task ended"] {
            assert!(log.contains(said), "{log}");
        }
    }
}
