//! What a row of the matrix plays on: a directory, chance, time, and load that runs beside the faults.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::account::{Account, SOON};
use crate::fleet::Fleet;
use crate::lanes::Lanes;
use crate::load::{Client, Kind, Work};
use crate::support::dice::Dice;

/// Between two pieces of work.
const PACE: Duration = Duration::from_millis(150);

pub(crate) struct Scene {
    pub(crate) directory: TempDir,
    pub(crate) dice: Dice,
    /// How long faults are made.
    pub(crate) budget: Duration,
    pub(crate) lanes: Option<Lanes>,
}

impl Scene {
    pub(crate) fn new(seed: u64, budget: Duration, lanes: Option<Lanes>) -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory"), dice: Dice::of(seed), budget, lanes }
    }

    pub(crate) fn journal(&self) -> PathBuf {
        let path = self.directory.path().join("journal");
        // dd opens it, so that it must be there.
        let _there = std::fs::OpenOptions::new().create(true).append(true).open(&path);
        path
    }

    pub(crate) fn client(&self, fleet: &Fleet) -> Client {
        Client::new(fleet.api, &self.journal())
    }

    /// Makes faults under load until the budget is used, then waits for the end of everything.
    ///
    /// `fault` makes one; `may_abandon` says whether it kills what runs actions.
    pub(crate) fn play(
        &mut self,
        fleet: &mut Fleet,
        may_abandon: bool,
        fault: impl FnMut(&mut Fleet, &mut Dice),
    ) -> Account {
        self.play_for(fleet, may_abandon, fault).0
    }

    /// As [`Self::play`]; also returns the work that was handed in.
    pub(crate) fn play_for(
        &mut self,
        fleet: &mut Fleet,
        may_abandon: bool,
        mut fault: impl FnMut(&mut Fleet, &mut Dice),
    ) -> (Account, Vec<Work>) {
        let load = Load::start(self.client(fleet), may_abandon);
        let started = Instant::now();
        let mut faults = 0;
        while started.elapsed() < self.budget {
            fault(fleet, &mut self.dice);
            faults += 1;
        }
        let work = load.stop();
        for member in &mut fleet.members {
            member.launch_if_dead();
        }
        let account = Account::settle(&self.client(fleet), &work, faults, may_abandon);
        if !account.holds() || account.recovered > SOON {
            self.keep(fleet);
        }
        (account, work)
    }

    /// Shows what a person needs who looks for the cause.
    fn keep(&self, fleet: &Fleet) {
        eprintln!("{}", fleet.logs());
    }
}

/// Work that is handed in beside the faults, a little at a time.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Work>>,
}

impl Load {
    /// With `mixed`, half of the work has actions that may run again.
    pub(crate) fn start(client: Client, mixed: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut work = Vec::new();
            while !stopping.load(Ordering::Relaxed) {
                let number = work.len();
                let kind = match number % 7 {
                    6 => Kind::Ten,
                    2 | 4 => Kind::Event,
                    _ => Kind::Five,
                };
                work.push(client.submit(format!("w{number}"), kind, mixed && number.is_multiple_of(2)));
                std::thread::sleep(PACE);
            }
            work
        });
        Self { stop, thread }
    }

    pub(crate) fn stop(self) -> Vec<Work> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the load ran to its end")
    }
}
