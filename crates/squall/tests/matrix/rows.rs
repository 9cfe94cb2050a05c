//! The rows of the matrix, as a table.

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
    Row { name: "K3", title: "kill -9 of the one process at random", is_distributed: false, play: embedded::kills },
];
