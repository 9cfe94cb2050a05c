//! What is remembered of a timer, so that a restart neither fires a slot twice nor forgets one.

use serde::{Deserialize, Serialize};

use super::Resource;
use crate::{Id, Timestamp};

/// How far a timer has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerState {
    pub id: Id,
    /// The reference of the trigger that the timer fires.
    pub trigger: String,
    /// Since when a rule has used the timer: intervals count from here.
    pub since: Timestamp,
    /// All slots up to here have been dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_slot: Option<Timestamp>,
}

impl Resource for TimerState {
    const KIND: &'static str = "timer_state";
    const INDEXES: &'static [&'static str] = &[];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.trigger.clone())
    }
}
