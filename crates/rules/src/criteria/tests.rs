use std::sync::Arc;

use serde_json::json;
use squall_jinja::Environment;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn judged(criteria: &Value, payload: &Value) -> Verdict {
    let criteria = read(criteria.as_object().expect("criteria are a mapping"));
    let templates = Environment::default();
    let keys = Arc::new(SystemKeys::default());
    judge(&criteria, &Event::new(payload, &templates, &keys), NOW)
}

fn check(criteria: &Value, payload: &Value, expected: bool) {
    assert_eq!(judged(criteria, payload), Verdict { matches: expected, failure: None }, "{criteria} {payload}");
}

#[test]
fn all_criteria_must_hold() {
    let both = json!({"trigger.a": {"type": "eq", "pattern": 1}, "trigger.b": {"type": "eq", "pattern": 2}});
    check(&both, &json!({"a": 1, "b": 2}), true);
    check(&both, &json!({"a": 1, "b": 3}), false);
    let range = json!({"trigger.a#1": {"type": "gt", "pattern": 1}, "trigger.a#2": {"type": "lt", "pattern": 5}});
    check(&range, &json!({"a": 3}), true);
    check(&range, &json!({"a": 5}), false);
}

#[test]
fn without_criteria_every_event_matches_and_with_them_no_empty_one() {
    check(&json!({}), &json!({}), true);
    let absent = json!({"trigger.a": {"type": "nexists", "pattern": "x"}});
    check(&absent, &json!({}), false);
    check(&absent, &json!({"b": 1}), true);
}

#[test]
fn a_criterion_without_an_operator_never_holds() {
    check(&json!({"trigger.a": {"pattern": 1}}), &json!({"a": 1}), false);
    check(&json!({"trigger.a": "x"}), &json!({"a": 1}), false);
}

#[test]
fn a_template_compares_with_its_own_type() {
    let same = json!({"trigger.v": {"type": "eq", "pattern": "{{trigger.w}}"}});
    check(&same, &json!({"v": 7, "w": 7}), true);
    check(&same, &json!({"v": "7", "w": 7}), false);
    check(&same, &json!({"v": [1], "w": [1]}), true);
}

#[test]
fn search_counts_items_and_children() {
    let case = |condition: &str, items: &Value, expected: bool| {
        let children = json!({"item.n": {"type": "eq", "pattern": 1}, "item.m": {"type": "eq", "pattern": 2}});
        let criteria = json!({"trigger.l": {"type": "search", "condition": condition, "pattern": children}});
        check(&criteria, &json!({"l": items}), expected);
    };
    let (both, one, none) = (json!({"n": 1, "m": 2}), json!({"n": 1, "m": 3}), json!({"n": 0, "m": 0}));
    case("any", &json!([none, both]), true);
    case("any", &json!([none, one]), false);
    case("all", &json!([both, both]), true);
    case("all", &json!([both, one]), false);
    case("any2any", &json!([none, one]), true);
    case("any2any", &json!([none]), false);
    case("all2any", &json!([both, one]), true);
    case("all2any", &json!([one, none]), false);
    case("all", &json!([]), true);
    case("any", &json!([]), false);
    case("any", &both, true);
}

#[test]
fn failures_are_told_in_stackstorms_words() {
    let reason = |criteria: Value, payload: Value| {
        judged(&criteria, &payload).failure.expect("the criterion can't be checked").explain("golden.r", "<id>")
    };
    let prefix = "Failed to match rule \"golden.r\" against trigger instance \"<id>\": ";
    for (criteria, payload, expected) in [
        (
            json!({"trigger.v": {"type": "lt", "pattern": 10}}),
            json!({"v": "x"}),
            "There might be a problem with the criteria in rule golden.r: '<' not supported between instances of 'str' and 'int'",
        ),
        (
            json!({"trigger.v": {"type": "eq", "pattern": "{{ trigger.w }}"}}),
            json!({"v": 1}),
            "Failed to render pattern value \"{{ trigger.w }}\" for key \"trigger.v\": Object of type StrictUndefined is not JSON serializable",
        ),
        (
            json!({"trigger.l": {"type": "search", "condition": "bogus", "pattern": {}}}),
            json!({"l": []}),
            "There might be a problem with the criteria in rule golden.r: The 'bogus' condition is not recognized for type search, 'any', 'all', 'any2any' and 'all2any' are allowed",
        ),
        (
            json!({"trigger.l": {"type": "search", "condition": "all", "pattern": {}}}),
            json!({"v": 1}),
            "There might be a problem with the criteria in rule golden.r: 'NoneType' object is not iterable",
        ),
    ] {
        assert_eq!(reason(criteria, payload), format!("{prefix}{expected}"));
    }
}

#[test]
fn a_template_that_asks_for_a_key_says_which() {
    let criteria =
        read(json!({"trigger.v": {"type": "eq", "pattern": "{{st2kv.system.k | upper}}"}}).as_object().unwrap());
    let (templates, keys, payload) = (Environment::default(), Arc::new(SystemKeys::default()), json!({"v": "ON"}));
    let verdict = || judge(&criteria, &Event::new(&payload, &templates, &keys), NOW);
    assert!(!verdict().matches);
    assert_eq!(keys.take_wanted().as_deref(), Some("k"));
    keys.learn("k".to_owned(), Some("on".to_owned()));
    assert_eq!((verdict().matches, keys.take_wanted()), (true, None));
}

#[test]
fn an_item_that_cannot_be_checked_does_not_hide_the_others() {
    let criteria = json!({"trigger.l": {"type": "search", "condition": "any", "pattern": {
        "item.n": {"type": "lt", "pattern": 10},
    }}});
    let verdict = judged(&criteria, &json!({"l": [{}, {"n": 1}]}));
    assert!(verdict.matches && verdict.failure.is_some());
}

#[test]
fn searches_inside_searches_end_in_an_error() {
    let innermost = json!({"l": (0..300).collect::<Vec<u32>>()});
    let payload = json!({"l": [{"l": [&innermost]}]});
    let deep = json!({"l": vec![json!({"l": vec![innermost; 300]}); 100]});
    let search = |key: &str, pattern: Value| json!({key: {"type": "search", "condition": "all", "pattern": pattern}});
    let criteria =
        search("trigger.l", search("item.l", search("item.l", json!({"item": {"type": "neq", "pattern": -1}}))));
    assert_eq!(judged(&criteria, &payload).failure, None);
    let reason = "the criteria take more work than is allowed".to_owned();
    assert_eq!(
        judged(&criteria, &deep),
        Verdict { matches: false, failure: Some(CriterionError::Operator { reason }) }
    );
}
