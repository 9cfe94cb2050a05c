//! Chance that can be repeated: the same seed throws the same pauses.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// SplitMix64.
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Returns dice of their own for somebody who throws beside.
    pub(crate) fn fork(&mut self) -> Self {
        Self { state: self.throw() }
    }

    fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.throw() % limit).unwrap_or_default()
    }

    /// Returns a time from `least` to just below `most`.
    pub(crate) fn pause(&mut self, least: Duration, most: Duration) -> Duration {
        let span = u64::try_from(most.saturating_sub(least).as_millis()).unwrap_or(u64::MAX).max(1);
        least + Duration::from_millis(self.throw() % span)
    }
}

/// Returns the number in an environment variable; a text that is no number is an error of whoever set it.
pub(crate) fn number_from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}

/// Returns a seed that differs from run to run.
pub(crate) fn fresh_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(since.subsec_nanos()) ^ since.as_secs()
}

#[test]
fn the_same_seed_throws_the_same_pauses() {
    let throws = |seed| {
        let mut dice = Dice::of(seed);
        (0..20).map(|_| dice.pause(Duration::from_millis(300), Duration::from_secs(3))).collect::<Vec<_>>()
    };
    assert_eq!(throws(7), throws(7));
    assert_ne!(throws(7), throws(8));
    let limits = Duration::from_millis(300)..Duration::from_secs(3);
    assert!(throws(9).iter().all(|pause| limits.contains(pause)), "{:?}", throws(9));
}
