//! The rows of the matrix, as a table.

mod distributed;
mod embedded;
mod messages;
mod points;
mod power;
mod pressure;

use crate::account::Account;
use crate::scene::Scene;

/// One fault, and how it is made.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) is_distributed: bool,
    pub(crate) play: fn(&mut Scene) -> Account,
}

pub(crate) const TABLE: &[Row] = &[
    Row {
        name: "K2e",
        title: "kill -9 at every named point, one process",
        is_distributed: false,
        play: embedded::points,
    },
    Row {
        name: "K1",
        title: "kill -9 of one process of many at random",
        is_distributed: true,
        play: distributed::kills,
    },
    Row {
        name: "K2",
        title: "kill -9 at every named point, one process per role",
        is_distributed: true,
        play: distributed::points,
    },
    Row {
        name: "K5",
        title: "a runner or engine stopped past its lease",
        is_distributed: true,
        play: distributed::zombies,
    },
    Row { name: "B1", title: "kill -9 of the broker", is_distributed: true, play: distributed::broker_kills },
    Row {
        name: "B2",
        title: "the cable to the broker cut, blocked, slow",
        is_distributed: true,
        play: distributed::broker_cable,
    },
    Row {
        name: "B3",
        title: "messages repeated, out of turn, misdirected",
        is_distributed: true,
        play: messages::repeats,
    },
    Row { name: "B4", title: "memory alarm of the broker", is_distributed: true, play: distributed::broker_alarm },
    Row {
        name: "D1",
        title: "the cable to the database cut, blocked, slow",
        is_distributed: true,
        play: distributed::database_cable,
    },
    Row {
        name: "D2",
        title: "every answer of the database 2 s late",
        is_distributed: true,
        play: distributed::slow_database,
    },
    Row { name: "D3", title: "kill -9 of the database", is_distributed: true, play: distributed::database_kills },
    Row {
        name: "D4",
        title: "many write to the same workflows at once",
        is_distributed: true,
        play: distributed::conflicts,
    },
    Row { name: "S1", title: "a long queue and one runner", is_distributed: true, play: pressure::backlog },
    Row {
        name: "S2",
        title: "listeners of the stream that never read",
        is_distributed: false,
        play: pressure::deaf_listeners,
    },
    Row { name: "F1", title: "the disk of the data directory full", is_distributed: false, play: embedded::full_disk },
    Row { name: "C1", title: "the clock jumps", is_distributed: false, play: embedded::clock_jumps },
    Row { name: "P1", title: "messages that nobody can read", is_distributed: true, play: messages::poison },
    Row { name: "U1", title: "rolling restart", is_distributed: true, play: distributed::rolling_restart },
    Row {
        name: "K4",
        title: "power loss: what was not synced may be gone",
        is_distributed: false,
        play: power::losses,
    },
    Row { name: "K3", title: "kill -9 of the one process at random", is_distributed: false, play: embedded::kills },
];
