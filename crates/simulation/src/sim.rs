//! What everything in a simulated world shares: chance, time, journal, processes, and the state of store and bus.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use squall_model::{Id, Timestamp};
use squall_service::Spawned;

use crate::bus::BusState;
use crate::dice::Dice;
use crate::journal::Journal;
use crate::outcome::Outcomes;
use crate::pack;
use crate::plan::Plan;
use crate::store::State;
use crate::time::{START, Sleep, Time};
use crate::{Mutation, Options};

/// The number of the tasks that belong to no process: clients, messages on their way.
pub(crate) const WORLD: usize = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Runs,
    /// Stands still; everything it was doing goes on when it wakes up.
    Stands,
    Dead,
}

pub(crate) struct Process {
    pub(crate) id: Id,
    pub(crate) life: Life,
    pub(crate) context: Option<squall_service::Context>,
}

pub(crate) struct Sim {
    pub(crate) plan: Plan,
    pub(crate) mutation: Option<Mutation>,
    dice: Mutex<Dice>,
    journal: Mutex<Journal>,
    pub(crate) time: Mutex<Time>,
    pub(crate) processes: Mutex<Vec<Process>>,
    spawned: Mutex<Vec<(usize, &'static str, Spawned)>>,
    doomed: Mutex<Vec<usize>>,
    crashes_left: Mutex<u64>,
    pub(crate) store: Mutex<State>,
    pub(crate) bus: Mutex<BusState>,
    pub(crate) outcomes: Mutex<Outcomes>,
}

impl Sim {
    pub(crate) fn new(seed: u64, options: &Options) -> Arc<Self> {
        let mut dice = Dice::new(seed);
        let plan = Plan::draw(&mut dice);
        let store = pack::registered(plan.timers);
        let sim = Self::with(plan, dice, options, store);
        sim.note(format_args!("seed {seed}: {:?}", sim.plan));
        Arc::new(sim)
    }

    /// Returns a world in which nothing goes wrong.
    pub(crate) fn without_trouble() -> Arc<Self> {
        let plan = Plan { embedded: true, processes: 1, ..Plan::default() };
        Arc::new(Self::with(plan, Dice::new(0), &Options::default(), State::default()))
    }

    fn with(plan: Plan, dice: Dice, options: &Options, store: State) -> Self {
        Self {
            mutation: options.mutation,
            dice: Mutex::new(dice),
            journal: Mutex::new(Journal::new(options.keep_journal)),
            time: Mutex::default(),
            processes: Mutex::new(vec![Process { id: Id::default(), life: Life::Runs, context: None }]),
            spawned: Mutex::default(),
            doomed: Mutex::default(),
            crashes_left: Mutex::new(plan.crashes),
            store: Mutex::new(store),
            bus: Mutex::default(),
            outcomes: Mutex::default(),
            plan,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.time.lock().now()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.now().since(START)
    }

    pub(crate) fn note(&self, line: fmt::Arguments<'_>) {
        self.journal.lock().note(line);
    }

    pub(crate) fn note_step(&self, process: usize, task: usize, name: &str) {
        self.journal.lock().step(process, task, name);
    }

    /// Notes with the time before it.
    pub(crate) fn tell(&self, line: fmt::Arguments<'_>) {
        let elapsed = self.elapsed().as_micros();
        self.journal.lock().note(format_args!("[{}.{:06}] {line}", elapsed / 1_000_000, elapsed % 1_000_000));
    }

    pub(crate) fn journal(&self) -> (u64, Vec<String>) {
        let mut journal = self.journal.lock();
        (journal.hash(), journal.take_lines())
    }

    pub(crate) fn below(&self, limit: u64) -> u64 {
        self.dice.lock().below(limit)
    }

    pub(crate) fn next_u64(&self) -> u64 {
        self.dice.lock().next()
    }

    pub(crate) fn dice<R>(&self, throw: impl FnOnce(&mut Dice) -> R) -> R {
        throw(&mut self.dice.lock())
    }

    /// True while things may go wrong.
    pub(crate) fn is_troubled(&self) -> bool {
        self.elapsed() < self.plan.trouble
    }

    /// A fault happens now, so many times of a thousand, while there is trouble.
    pub(crate) fn fault(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.is_troubled() && self.dice.lock().chance(per_mille)
    }

    pub(crate) fn spawn(&self, process: usize, name: &'static str, task: Spawned) {
        self.spawned.lock().push((process, name, task));
    }

    pub(crate) fn take_spawned(&self) -> Vec<(usize, &'static str, Spawned)> {
        std::mem::take(&mut self.spawned.lock())
    }

    pub(crate) fn take_doomed(&self) -> Vec<usize> {
        std::mem::take(&mut self.doomed.lock())
    }

    pub(crate) fn is_alive(&self, process: usize) -> bool {
        self.processes.lock()[process].life != Life::Dead
    }

    pub(crate) fn runs(&self, process: usize) -> bool {
        self.processes.lock()[process].life == Life::Runs
    }

    /// True when the process of this id lives and was not told to stop.
    pub(crate) fn is_at_work(&self, id: &Id) -> bool {
        let processes = self.processes.lock();
        let found = processes.iter().find(|process| process.id == *id && process.life == Life::Runs);
        found.and_then(|process| process.context.as_ref()).is_some_and(|context| !context.tasks.is_stopping())
    }

    /// Lets the process die as soon as the task that runs now gives way.
    pub(crate) fn doom(&self, process: usize) {
        if process != WORLD && self.is_alive(process) {
            self.tell(format_args!("p{process} dies"));
            let mut processes = self.processes.lock();
            processes[process].life = Life::Dead;
            self.doomed.lock().push(process);
        }
    }

    pub(crate) fn after_death(&self, process: usize) {
        if self.plan.embedded {
            self.bus.lock().clear();
        }
        let context = self.processes.lock()[process].context.clone();
        // Its supervisor waits for this.
        if let Some(context) = context {
            context.tasks.stop();
        }
        self.note(format_args!("p{process} is gone"));
    }

    /// The process dies here, if chance has it.
    pub(crate) async fn may_die(self: &Arc<Self>, process: usize) {
        if process == WORLD || !self.fault(self.plan.rates.crash) {
            return;
        }
        {
            let mut left = self.crashes_left.lock();
            if *left == 0 {
                return;
            }
            *left -= 1;
        }
        self.doom(process);
        std::future::pending().await
    }

    /// Others may run here, time may pass, the process may die.
    pub(crate) async fn pass(self: &Arc<Self>, process: usize) {
        self.may_die(process).await;
        if self.fault(self.plan.rates.slow) {
            let micros = self.dice(|dice| dice.one_of(&[20_000, 400_000, 3_000_000, 9_000_000]));
            self.sleep(Duration::from_micros(micros)).await;
        } else if self.dice(|dice| dice.chance(self.plan.rates.yields)) {
            Yield(false).await;
        }
    }

    pub(crate) fn sleep(self: &Arc<Self>, duration: Duration) -> Sleep {
        Sleep::new(self, self.now().after(duration))
    }
}

/// Lets others run.
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
