//! Runs tasks one poll at a time; chance says which of those that can go on is next.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use squall_service::{Spawned, Spawner};

use crate::sim::Sim;

/// The tasks that can go on, by process, in the order of their numbers: the order of waking does not matter.
#[derive(Default)]
pub(crate) struct Ready {
    by_process: Mutex<Vec<Vec<usize>>>,
}

impl Ready {
    fn add(&self, process: usize, task: usize) {
        let mut all = self.by_process.lock();
        if all.len() <= process {
            all.resize_with(process + 1, Vec::new);
        }
        if let Err(place) = all[process].binary_search(&task) {
            all[process].insert(place, task);
        }
    }
}

struct TaskWaker {
    process: usize,
    task: usize,
    queued: AtomicBool,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.add(self.process, self.task);
        }
    }
}

struct Task {
    process: usize,
    name: &'static str,
    future: Spawned,
    waker: Arc<TaskWaker>,
}

/// Spawns for one process.
pub(crate) struct ProcessSpawner {
    pub(crate) sim: Arc<Sim>,
    pub(crate) process: usize,
}

impl Spawner for ProcessSpawner {
    fn spawn(&self, name: &'static str, task: Spawned) {
        self.sim.spawn(self.process, name, task);
    }
}

pub(crate) struct Executor {
    sim: Arc<Sim>,
    tasks: Vec<Option<Task>>,
    ready: Arc<Ready>,
}

impl Executor {
    pub(crate) fn new(sim: Arc<Sim>) -> Self {
        Self { sim, tasks: Vec::new(), ready: Arc::default() }
    }

    /// Lets one task go on; false when none can.
    pub(crate) fn step(&mut self) -> bool {
        self.absorb();
        let Some(number) = self.pick() else { return false };
        let Some(mut task) = self.tasks[number].take() else { return true };
        self.sim.note_step(task.process, number, task.name);
        task.waker.queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.waker));
        match Pin::new(&mut task.future).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(()) => {}
            Poll::Pending => self.tasks[number] = Some(task),
        }
        for process in self.sim.take_doomed() {
            self.kill(process);
        }
        true
    }

    fn absorb(&mut self) {
        for (process, name, future) in self.sim.take_spawned() {
            if !self.sim.is_alive(process) {
                continue;
            }
            let task = self.tasks.len();
            let ready = Arc::clone(&self.ready);
            let waker = Arc::new(TaskWaker { process, task, queued: AtomicBool::new(true), ready });
            self.ready.add(process, task);
            self.tasks.push(Some(Task { process, name, future, waker }));
        }
    }

    /// Returns a task that can go on, of a process that does not stand still.
    fn pick(&self) -> Option<usize> {
        let mut all = self.ready.by_process.lock();
        let runs = |process: usize| self.sim.runs(process);
        let count: usize =
            all.iter().enumerate().filter(|(process, _)| runs(*process)).map(|(_, ready)| ready.len()).sum();
        if count == 0 {
            return None;
        }
        let mut number = if count == 1 { 0 } else { self.sim.below(count as u64) as usize };
        for (_, ready) in all.iter_mut().enumerate().filter(|(process, _)| runs(*process)) {
            if number < ready.len() {
                return Some(ready.remove(number));
            }
            number -= ready.len();
        }
        None
    }

    /// Drops everything that the process was doing, at once.
    fn kill(&mut self, process: usize) {
        for place in &mut self.tasks {
            if place.as_ref().is_some_and(|task| task.process == process) {
                *place = None;
            }
        }
        if let Some(ready) = self.ready.by_process.lock().get_mut(process) {
            ready.clear();
        }
        self.sim.after_death(process);
    }
}
