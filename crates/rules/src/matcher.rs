//! Which rules want an event. Counterpart: st2reactor/rules/matcher.py.

use std::sync::Arc;

use serde_json::Value;
use squall_jinja::Environment;
use squall_model::Timestamp;

use crate::catalogue::LoadedRule;
use crate::criteria::{self, CriterionError, Event, SystemKeys};

/// What came of matching; both lists are in the order of the rules.
#[derive(Default)]
pub(crate) struct Matches {
    pub(crate) matched: Vec<Arc<LoadedRule>>,
    /// Rules whose criteria could not be checked, whether or not they matched in the end.
    pub(crate) failed: Vec<(Arc<LoadedRule>, CriterionError)>,
}

/// Matches the rules of a trigger against the payload of an event. Backstop rules have their turn when no other rule matched.
pub(crate) fn matches(
    rules: &[Arc<LoadedRule>],
    payload: &Value,
    now: Timestamp,
    templates: &Environment,
    keys: &Arc<SystemKeys>,
) -> Matches {
    let event = Event::new(payload, templates, keys);
    let mut matches = Matches::default();
    for is_backstop in [false, true] {
        if is_backstop && !matches.matched.is_empty() {
            break;
        }
        for rule in rules.iter().filter(|loaded| loaded.rule.enabled && loaded.is_backstop() == is_backstop) {
            let verdict = criteria::judge(&rule.criteria, &event, now);
            if verdict.matches {
                matches.matched.push(Arc::clone(rule));
            }
            if let Some(failure) = verdict.failure {
                matches.failed.push((Arc::clone(rule), failure));
            }
        }
    }
    matches
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use squall_model::Rule;

    use super::*;

    fn loaded(name: &str, kind: &str, enabled: bool, pattern: u64) -> Arc<LoadedRule> {
        let rule: Rule = serde_json::from_value(json!({
            "name": name, "type": {"ref": kind}, "enabled": enabled, "trigger": {"type": "t.t"}, "action": {"ref": "core.noop"},
            "criteria": {"trigger.n": {"type": "eq", "pattern": pattern}},
        }))
        .unwrap();
        Arc::new(LoadedRule::of(rule))
    }

    fn check(rules: &[Arc<LoadedRule>], n: u64, expected: &[&str]) {
        let keys = Arc::new(SystemKeys::default());
        let found = matches(rules, &json!({"n": n}), Timestamp::from_micros(0), &Environment::default(), &keys);
        let names: Vec<_> = found.matched.iter().map(|loaded| loaded.rule.name.as_str()).collect();
        assert_eq!(names, expected, "n = {n}");
    }

    #[test]
    fn backstop_rules_match_when_no_other_does() {
        let rules = [
            loaded("stop", "backstop", true, 1),
            loaded("stop2", "backstop", true, 2),
            loaded("one", "standard", true, 1),
            loaded("also", "standard", true, 1),
            loaded("off", "standard", false, 2),
        ];
        check(&rules, 1, &["one", "also"]);
        check(&rules, 2, &["stop2"]);
        check(&rules, 3, &[]);
    }
}
