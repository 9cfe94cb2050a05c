//! What becomes of slots that passed while nobody was there to fire them. The original skips them without a word.

use squall_model::Rule;

/// The tag of a rule that says it: `fire_once`, `skip`, or `catch_up 10`.
const TAG: &str = "squall.misfire";
/// The most slots that a timer catches up with.
const MOST: usize = 1000;

/// From the least to the most that fires: of several rules with one trigger, the one that wants most decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MisfirePolicy {
    /// What was missed is missed.
    Skip,
    /// All that was missed fires as one, at once.
    FireOnce,
    /// The latest slots that were missed fire, at most so many.
    CatchUp(usize),
}

impl MisfirePolicy {
    /// Returns what the rules that use a trigger want; a rule without a word wants [`MisfirePolicy::FireOnce`].
    pub(super) fn of<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        rules.map(Self::of_rule).max().unwrap_or(Self::FireOnce)
    }

    fn of_rule(rule: &Rule) -> Self {
        let Some(tag) = rule.tags.iter().find(|tag| tag.name == TAG) else { return Self::FireOnce };
        Self::read(&tag.value).unwrap_or_else(|| {
            tracing::warn!(rule = %rule.reference, value = %tag.value, "the tag {TAG} must be fire_once, skip or catch_up N");
            Self::FireOnce
        })
    }

    fn read(text: &str) -> Option<Self> {
        match text.trim() {
            "skip" => Some(Self::Skip),
            "fire_once" => Some(Self::FireOnce),
            other => {
                let count = other.strip_prefix("catch_up")?.trim_matches([' ', ':', '(', ')', '=']);
                count.parse().ok().filter(|count| *count > 0).map(|count: usize| Self::CatchUp(count.min(MOST)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_tag() {
        for (text, expected) in [
            ("skip", Some(MisfirePolicy::Skip)),
            (" fire_once ", Some(MisfirePolicy::FireOnce)),
            ("catch_up 10", Some(MisfirePolicy::CatchUp(10))),
            ("catch_up:3", Some(MisfirePolicy::CatchUp(3))),
            ("catch_up 99999", Some(MisfirePolicy::CatchUp(1000))),
            ("catch_up 0", None),
            ("catch_up", None),
            ("later", None),
        ] {
            assert_eq!(MisfirePolicy::read(text), expected, "{text}");
        }
    }

    #[test]
    fn the_rule_that_wants_most_decides() {
        assert!(MisfirePolicy::CatchUp(2) > MisfirePolicy::CatchUp(1));
        assert!(MisfirePolicy::CatchUp(1) > MisfirePolicy::FireOnce && MisfirePolicy::FireOnce > MisfirePolicy::Skip);
        assert_eq!(MisfirePolicy::of(std::iter::empty()), MisfirePolicy::FireOnce);
    }
}
