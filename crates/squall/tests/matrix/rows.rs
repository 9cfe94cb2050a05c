//! The rows of the matrix, as a table.

mod distributed;
mod embedded;

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
    Row { name: "B4", title: "memory alarm of the broker", is_distributed: true, play: distributed::broker_alarm },
    Row {
        name: "D1",
        title: "the cable to the database cut, blocked, slow",
        is_distributed: true,
        play: distributed::database_cable,
    },
    Row { name: "U1", title: "rolling restart", is_distributed: true, play: distributed::rolling_restart },
    Row { name: "K3", title: "kill -9 of the one process at random", is_distributed: false, play: embedded::kills },
];
