//! Kills the server at moments that a seed decides, spread over all phases, until the life cycle is over and it was often enough.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::progress::Progress;
use crate::support::dice::Dice;
use crate::support::processes::Server;

const SHORTEST: Duration = Duration::from_millis(300);
const LONGEST: Duration = Duration::from_secs(3);
const PHASES: usize = 5;
/// How often it is looked whether the next phase has begun.
const LOOK: Duration = Duration::from_millis(50);

/// A killer at work.
pub(crate) struct Killer {
    over: Sender<()>,
    thread: JoinHandle<Killings>,
}

/// What the killer did.
pub(crate) struct Killings {
    pub(crate) server: Server,
    pub(crate) by_phase: [usize; PHASES],
    /// Why it could not go on.
    pub(crate) trouble: Option<String>,
}

impl Killings {
    pub(crate) fn count(&self) -> usize {
        self.by_phase.iter().sum()
    }
}

impl Killer {
    /// Starts to kill: `kills` times in all, in every phase its share.
    pub(crate) fn start(server: Server, kills: usize, seed: u64, progress: Arc<Progress>) -> Self {
        let (over, hears) = channel();
        let killings = Killings { server, by_phase: [0; PHASES], trouble: None };
        let work = Work { killings, kills, dice: Dice::of(seed), progress, over: hears };
        let thread = std::thread::spawn(move || work.run());
        Self { over, thread }
    }

    /// Says that the life cycle is over and waits until the rest of the kills is done.
    pub(crate) fn finish(self) -> Killings {
        drop(self.over);
        self.thread.join().expect("the killer does not panic")
    }
}

struct Work {
    killings: Killings,
    kills: usize,
    dice: Dice,
    progress: Arc<Progress>,
    over: Receiver<()>,
}

impl Work {
    fn run(mut self) -> Killings {
        while self.killings.count() < self.kills {
            let is_over = self.rest_until_due();
            if let Err(trouble) = self.killings.server.kill_and_restart() {
                self.progress.note(&trouble);
                self.killings.trouble = Some(trouble);
                return self.killings;
            }
            self.killings.by_phase[self.progress.current_phase().min(PHASES - 1)] += 1;
            let when = if is_over { "after the end" } else { "" };
            self.progress.note(&format!("kill {} {when}", self.killings.count()));
        }
        self.killings
    }

    /// Rests until this phase may have another kill, and then for a pause; true when the life cycle is over.
    fn rest_until_due(&mut self) -> bool {
        let pause = self.dice.pause(SHORTEST, LONGEST);
        while self.killings.count() >= share(self.kills, self.progress.current_phase()) {
            if self.is_over_within(LOOK) {
                break;
            }
        }
        let is_over = self.is_over_within(pause);
        if is_over {
            // What is left of the kills meets an idle platform.
            std::thread::sleep(pause);
        }
        is_over
    }

    fn is_over_within(&self, limit: Duration) -> bool {
        self.over.recv_timeout(limit) != Err(RecvTimeoutError::Timeout)
    }
}

/// Returns how many kills there may have been by the end of a phase.
fn share(kills: usize, phase: usize) -> usize {
    (kills * (phase + 1)).div_ceil(PHASES)
}

#[test]
fn every_phase_has_its_share_and_the_last_one_the_rest() {
    assert_eq!([0, 1, 2, 3, 4].map(|phase| share(12, phase)), [3, 5, 8, 10, 12]);
    assert_eq!(share(1, 0), 1);
}
