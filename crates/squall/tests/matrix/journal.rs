//! The journal outside the platform: what really happened, one line an effect.

use std::collections::BTreeMap;
use std::path::Path;

/// `KIND TOKEN STEP EXECUTION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Whether the action may run again when its process is lost.
    pub(crate) may_repeat: bool,
    pub(crate) token: String,
    pub(crate) step: String,
}

pub(crate) fn read(path: &Path) -> Vec<Effect> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| parse(line).unwrap_or_else(|| panic!("a torn line in the journal: {line:?}"))).collect()
}

fn parse(line: &str) -> Option<Effect> {
    let mut words = line.split(' ');
    let may_repeat = match words.next()? {
        "again" => true,
        "once" => false,
        _ => return None,
    };
    let effect = Effect { may_repeat, token: words.next()?.to_owned(), step: words.next()?.to_owned() };
    (words.next()?.len() == 24 && words.next().is_none()).then_some(effect)
}

/// How often each step of each piece of work had its effect.
pub(crate) fn counts(effects: &[Effect]) -> BTreeMap<(&str, &str), usize> {
    let mut counts = BTreeMap::new();
    for effect in effects {
        *counts.entry((effect.token.as_str(), effect.step.as_str())).or_default() += 1;
    }
    counts
}
