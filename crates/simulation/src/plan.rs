//! What a seed makes of the world: how many processes, which faults, how often. Many seeds leave many faults out, so that each
//! meets the others alone as well as together.

use std::time::Duration;

use crate::dice::Dice;

#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// One process, batches in one transaction, a bus that dies with the process; otherwise several, and batches that tear.
    pub(crate) embedded: bool,
    pub(crate) processes: u64,
    /// Date timers are registered.
    pub(crate) timers: bool,
    /// How long things go wrong. Then they must come to an end.
    pub(crate) trouble: Duration,
    /// How often processes may die in the middle of a call.
    pub(crate) crashes: u64,
    /// How often processes may stand still for longer than their lease.
    pub(crate) pauses: u64,
    pub(crate) rates: Rates,
}

/// Per mille of the calls that can meet the fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rates {
    /// Others run in between.
    pub(crate) yields: u64,
    /// The store or the bus takes long.
    pub(crate) slow: u64,
    /// The store refuses, and nothing is done.
    pub(crate) unavailable: u64,
    /// It is done, and the answer says that it is not.
    pub(crate) answer_lost: u64,
    /// Some of a batch is done, and the answer says that nothing is.
    pub(crate) torn: u64,
    pub(crate) crash: u64,
    pub(crate) message_lost: u64,
    pub(crate) message_twice: u64,
    pub(crate) message_late: u64,
    pub(crate) message_first: u64,
    /// An action takes longer than a lease.
    pub(crate) long_action: u64,
}

impl Plan {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let embedded = dice.chance(400);
        let processes = if embedded { 1 } else { dice.between(1, 3) };
        let torn = if embedded { 0 } else { dice.one_of(&[0, 0, 30, 150]) };
        Self {
            embedded,
            processes,
            timers: dice.chance(250),
            trouble: Duration::from_secs(dice.between(10, 45)),
            crashes: dice.one_of(&[0, 1, 2, 4]),
            pauses: if embedded { 0 } else { dice.one_of(&[0, 0, 1, 2]) },
            rates: Rates {
                yields: dice.one_of(&[50, 300, 700]),
                slow: dice.one_of(&[0, 5, 50]),
                unavailable: dice.one_of(&[0, 0, 10, 60]),
                answer_lost: dice.one_of(&[0, 0, 10, 60]),
                torn,
                crash: dice.one_of(&[0, 3, 12, 30]),
                message_lost: dice.one_of(&[0, 0, 50, 400]),
                message_twice: dice.one_of(&[0, 50, 400]),
                message_late: dice.one_of(&[0, 50, 300]),
                message_first: dice.one_of(&[0, 50, 300]),
                long_action: dice.one_of(&[0, 50, 200]),
            },
        }
    }
}
