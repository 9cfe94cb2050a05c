//! One timer at work: which slots fire now, and when to look again. No clock, no store.

use std::collections::VecDeque;
use std::time::Duration;

use squall_model::{TimerState, Timestamp, Trigger};

use super::{MisfirePolicy, Schedule};

/// How late a slot may fire and still count as on time.
const GRACE: Duration = Duration::from_secs(5);
/// How many missed slots are counted one by one.
const MOST_COUNTED: usize = 100_000;

#[derive(Debug, Clone)]
pub(super) struct Clockwork {
    pub(super) trigger: Trigger,
    pub(super) policy: MisfirePolicy,
    schedule: Schedule,
    state: TimerState,
    next: Option<Timestamp>,
}

/// What a timer does now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The slots to fire, in order.
    pub(super) slots: Vec<Timestamp>,
    /// How many slots were missed, which is worth a line in the log.
    pub(super) missed: usize,
    /// All slots up to here have been dealt with then.
    pub(super) cursor: Timestamp,
}

impl Clockwork {
    pub(super) fn new(trigger: Trigger, policy: MisfirePolicy, schedule: Schedule, state: TimerState) -> Self {
        let next = schedule.next_after(state.last_slot.unwrap_or(state.since));
        Self { trigger, policy, schedule, state, next }
    }

    /// Returns when the timer is due; never, once its last slot is over.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.next
    }

    /// Returns what is to be done at this moment, without doing it: the timer moves on when that is stored.
    pub(super) fn turn(&self, now: Timestamp) -> Option<Turn> {
        let first = self.next.filter(|slot| *slot <= now)?;
        if now.since(first) <= GRACE {
            return Some(Turn { slots: self.slots_between(first, now), missed: 0, cursor: now });
        }
        let (latest, missed) = self.missed(first, now);
        let slots = match self.policy {
            MisfirePolicy::Skip => latest.into_iter().filter(|slot| now.since(*slot) <= GRACE).collect(),
            // The first missed slot stands for all, so that whoever comes to the same conclusion makes the same event.
            MisfirePolicy::FireOnce => vec![first],
            MisfirePolicy::CatchUp(_) => latest.into(),
        };
        Some(Turn { slots, missed, cursor: now })
    }

    /// Returns what will be remembered of the timer after the turn.
    pub(super) fn state_after(&self, turn: &Turn) -> TimerState {
        TimerState { last_slot: self.state.last_slot.max(Some(turn.cursor)), ..self.state.clone() }
    }

    /// Goes on from a state that is stored.
    pub(super) fn move_to(&mut self, state: TimerState) {
        self.next = self.schedule.next_after(state.last_slot.unwrap_or(state.since));
        self.state = state;
    }

    fn slots_between(&self, first: Timestamp, now: Timestamp) -> Vec<Timestamp> {
        self.from(first).take_while(|slot| *slot <= now).collect()
    }

    /// Returns the latest of the missed slots, as many as the policy may need, and how many there are.
    fn missed(&self, first: Timestamp, now: Timestamp) -> (VecDeque<Timestamp>, usize) {
        let keep = if let MisfirePolicy::CatchUp(count) = self.policy { count } else { 1 };
        let mut latest = VecDeque::with_capacity(keep);
        let mut count = 0;
        for slot in self.from(first).take_while(|slot| *slot <= now).take(MOST_COUNTED) {
            if latest.len() == keep {
                latest.pop_front();
            }
            latest.push_back(slot);
            count += 1;
        }
        (latest, count)
    }

    fn from(&self, first: Timestamp) -> impl Iterator<Item = Timestamp> {
        std::iter::successors(Some(first), |slot| self.schedule.next_after(*slot))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use squall_model::Id;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    fn after(seconds: u64) -> Timestamp {
        START.after(Duration::from_secs(seconds))
    }

    fn every_minute(policy: MisfirePolicy) -> Clockwork {
        let trigger: Trigger = serde_json::from_value(json!({
            "name": "t", "pack": "core", "ref": "core.t", "type": "core.st2.IntervalTimer",
            "parameters": {"unit": "minutes", "delta": 1},
        }))
        .unwrap();
        let schedule = Schedule::read(&trigger.kind, &trigger.parameters, START, "UTC").unwrap();
        let state = TimerState { id: Id::default(), trigger: trigger.reference.clone(), since: START, last_slot: None };
        Clockwork::new(trigger, policy, schedule, state)
    }

    fn check(policy: MisfirePolicy, now: u64, expected: Option<(&[u64], usize)>) {
        let turn = every_minute(policy).turn(after(now));
        let expected = expected.map(|(slots, missed)| Turn {
            slots: slots.iter().map(|slot| after(*slot)).collect(),
            missed,
            cursor: after(now),
        });
        assert_eq!(turn, expected, "{policy:?} at {now} s");
    }

    #[test]
    fn a_slot_on_time_fires_whatever_the_policy() {
        for policy in [MisfirePolicy::Skip, MisfirePolicy::FireOnce, MisfirePolicy::CatchUp(3)] {
            check(policy, 59, None);
            check(policy, 60, Some((&[60], 0)));
            check(policy, 64, Some((&[60], 0)));
        }
    }

    #[test]
    fn missed_slots_are_a_matter_of_policy() {
        check(MisfirePolicy::Skip, 270, Some((&[], 4)));
        check(MisfirePolicy::Skip, 301, Some((&[300], 5)));
        check(MisfirePolicy::FireOnce, 270, Some((&[60], 4)));
        check(MisfirePolicy::CatchUp(3), 270, Some((&[120, 180, 240], 4)));
        check(MisfirePolicy::CatchUp(9), 270, Some((&[60, 120, 180, 240], 4)));
    }

    #[test]
    fn after_a_misfire_the_rhythm_is_the_old_one() {
        let mut timer = every_minute(MisfirePolicy::FireOnce);
        let turn = timer.turn(after(270)).unwrap();
        timer.move_to(timer.state_after(&turn));
        assert_eq!(timer.next(), Some(after(300)));
    }
}
