//! What the outside world saw: what was acknowledged to clients, and what actions really did.

use std::collections::BTreeMap;

use squall_model::{Id, Status};

#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    /// Executions whose request was answered with 201.
    pub(crate) requested: Vec<Id>,
    /// Events whose dispatch was answered with 202.
    pub(crate) dispatched: Vec<Id>,
    /// Moves to `canceling` or `canceled` that were acknowledged.
    pub(crate) canceled: Vec<(Id, Status)>,
    /// Executions that somebody asked to cancel or pause, acknowledged or not.
    pub(crate) disturbed: Vec<Id>,
    /// How often the code of each action ran.
    pub(crate) effects: BTreeMap<Id, usize>,
    /// What clients still wait for.
    pub(crate) open_calls: usize,
}
