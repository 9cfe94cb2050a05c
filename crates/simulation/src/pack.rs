//! What is registered in a simulated world: actions, workflows, triggers and rules. The workflows are in `pack/actions`.

use std::sync::OnceLock;

use serde_json::{Value, json};
use squall_model::{Id, Map, Pack, Resource, Rule, Tag, Trigger};
use squall_store::Document;
use squall_testkit::{action, runner_type};

use crate::runner;
use crate::store::State;

pub(crate) const WORKFLOWS: &[&str] = &["sequence", "broad", "items", "retry", "nested", "remedy", "fails"];
/// `once` is abandoned when its process dies, `again` is run again; `loud` is `again` with a notification.
pub(crate) const ACTIONS: &[&str] = &["once", "again", "loud"];
pub(crate) const EVENT: &str = "sim.event";
pub(crate) const NOTIFY: &str = "core.st2.generic.notifytrigger";
/// Seconds after the start at which the date timers fire.
pub(crate) const DATES: &[u64] = &[4, 19];

/// Returns a store in which everything is registered.
pub(crate) fn registered(timers: bool) -> State {
    static REGISTERED: OnceLock<[State; 2]> = OnceLock::new();
    REGISTERED.get_or_init(|| [register(&[]), register(DATES)])[usize::from(timers)].clone()
}

fn register(dates: &[u64]) -> State {
    let mut state = State::default();
    let mut pack: Pack = read(json!({"ref": "sim", "name": "sim"}));
    pack.id = Id::derived(&["pack", "sim"]);
    pack.path = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/pack").to_owned());
    put(&mut state, &pack);
    put(&mut state, &runner_type(runner::NAME));
    put(&mut state, &runner_type("orquesta"));
    for name in ACTIONS {
        let mut plain = action("sim", name, runner::NAME);
        plain.parameters = Map::from_iter([("mode".to_owned(), json!({"type": "string", "default": "good"}))]);
        if *name != "once" {
            plain.tags.push(Tag { name: "squall.on_lost".to_owned(), value: "run_again".to_owned() });
        }
        if *name == "loud" {
            let section = json!({"on-complete": {"message": "over", "routes": ["chat"]}});
            plain.notify = section.as_object().cloned().unwrap_or_default();
        }
        put(&mut state, &plain);
    }
    for name in WORKFLOWS {
        let mut workflow = action("sim", name, "orquesta");
        workflow.entry_point = format!("{name}.yaml");
        put(&mut state, &workflow);
    }
    put(&mut state, &trigger(EVENT, EVENT, json!({})));
    put(&mut state, &trigger(NOTIFY, NOTIFY, json!({})));
    put(&mut state, &rule("every", EVENT, EVENT, json!({}), "sim.again"));
    let even = json!({"trigger.kind": {"type": "equals", "pattern": "flow"}});
    put(&mut state, &rule("flows", EVENT, EVENT, even, "sim.broad"));
    put(&mut state, &rule("noted", NOTIFY, NOTIFY, json!({}), "sim.again"));
    for seconds in dates {
        let reference = format!("core.at_{seconds}");
        let date = crate::time::START.after(std::time::Duration::from_secs(*seconds));
        put(&mut state, &trigger(&reference, "core.st2.DateTimer", json!({"date": date.to_string()})));
        put(&mut state, &rule(&format!("at_{seconds}"), &reference, "core.st2.DateTimer", json!({}), "sim.again"));
    }
    state
}

fn trigger(reference: &str, kind: &str, parameters: Value) -> Trigger {
    let (pack, name) = reference.split_once('.').unwrap_or(("sim", reference));
    read(json!({"name": name, "pack": pack, "ref": reference, "type": kind, "parameters": parameters,
        "id": Id::derived(&["trigger", reference])}))
}

fn rule(name: &str, trigger: &str, kind: &str, criteria: Value, action: &str) -> Rule {
    let rule: Rule = read(json!({"name": name, "pack": "sim", "enabled": true, "id": Id::derived(&["rule", name]),
        "trigger": {"type": kind, "ref": trigger}, "criteria": criteria, "action": {"ref": action}}));
    rule.with_references()
}

fn read<T: Resource>(value: Value) -> T {
    serde_json::from_value(value).expect("what this file writes down reads back")
}

fn put<T: Resource>(state: &mut State, value: &T) {
    let document = Document::of(value).expect("a resource is JSON");
    state.put(document).expect("no two things here have one name");
}
