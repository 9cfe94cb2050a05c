//! Growing pauses with jitter, so that many processes do not come back in the same instant.

use std::time::Duration;

/// Pauses that double from the first to the longest.
#[derive(Debug, Clone, Copy)]
pub struct BackOff {
    pub first: Duration,
    pub longest: Duration,
}

impl BackOff {
    /// Returns the pause after so many failures; `chance` from 0 to 1 takes up to half of it away.
    pub(crate) fn pause(self, failures: u32, chance: f64) -> Duration {
        let whole = self.first.saturating_mul(2_u32.saturating_pow(failures.min(30))).min(self.longest);
        whole.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0)
    }

    pub(crate) fn random_pause(self, failures: u32) -> Duration {
        self.pause(failures, rand::random())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_lose_at_most_half() {
        let back_off = BackOff { first: Duration::from_millis(100), longest: Duration::from_secs(1) };
        let millis = |failures, chance| back_off.pause(failures, chance).as_millis();
        assert_eq!([0, 1, 2, 3, 4, 40].map(|failures| millis(failures, 0.0)), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(millis(1, 1.0), 100);
    }
}
