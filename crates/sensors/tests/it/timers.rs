//! The timer service on a real store, with a clock that is moved by hand.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use squall_bus::{Change, Disturbance, Message};
use squall_model::{Id, Rule, TimerState, Timestamp, Trigger, TriggerInstance};
use squall_sensors::Timers;
use squall_service::{Settings, publish_quietly};
use squall_store::{Query, Store};
use squall_testkit::{ManualClock, Sandbox, TornStore, eventually, tears};

const INTERVAL: &str = "core.st2.IntervalTimer";

fn store() -> Store {
    squall_store_sqlite::open_in_memory().unwrap()
}

/// Another process, or this one after a restart, at a moment.
fn process(store: &Store, now: Timestamp) -> Sandbox {
    Sandbox::with(store.clone(), Settings::default(), Disturbance::default(), Arc::new(ManualClock::new(now)))
}

fn start() -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000)
}

fn trigger(name: &str, kind: &str, parameters: Value) -> Trigger {
    serde_json::from_value(json!({
        "name": name, "pack": "core", "ref": format!("core.{name}"), "type": kind, "parameters": parameters,
        "id": Id::derived(&["trigger", name]),
    }))
    .unwrap()
}

fn rule(trigger: &Trigger, enabled: bool, tags: Value) -> Rule {
    let rule: Rule = serde_json::from_value(json!({
        "name": trigger.name, "pack": "golden", "enabled": enabled, "id": Id::derived(&["rule", &trigger.name]),
        "trigger": {"type": trigger.kind, "ref": trigger.reference}, "action": {"ref": "core.noop"}, "tags": tags,
    }))
    .unwrap();
    rule.with_references()
}

async fn put(store: &Store, trigger: &Trigger, rule: Rule) {
    store.triggers.put(trigger.clone()).await.unwrap();
    store.rules.put(rule).await.unwrap();
}

async fn announce(sandbox: &Sandbox, trigger: &Trigger) {
    let message = Message::Triggers { change: Change::Update, trigger: trigger.reference.clone() };
    publish_quietly(&sandbox.context, message).await;
}

async fn events(store: &Store) -> Vec<TriggerInstance> {
    store.trigger_instances.list(&Query::all().ascending("occurrence_time")).await.unwrap().items
}

async fn fired(store: &Store, count: usize) {
    eventually("the timer fired", async || (events(store).await.len() >= count).then_some(())).await;
    assert_eq!(events(store).await.len(), count);
}

async fn state(store: &Store, trigger: &Trigger) -> Option<TimerState> {
    store.timer_states.find(&trigger.reference).await.unwrap().map(|found| found.value)
}

async fn started(store: &Store, trigger: &Trigger) {
    eventually("the timer is at work", async || state(store, trigger).await).await;
}

#[tokio::test]
async fn an_interval_fires_as_stackstorms_does() {
    let store = store();
    let trigger = trigger("every", INTERVAL, json!({"unit": "seconds", "delta": 10}));
    put(&store, &trigger, rule(&trigger, true, json!([]))).await;
    let sandbox = process(&store, start());
    sandbox.start(Timers);
    started(&store, &trigger).await;
    for count in 1..=3 {
        sandbox.clock.advance(Duration::from_secs(10));
        fired(&store, count).await;
    }
    sandbox.stop().await;
    let event = &events(&store).await[0];
    assert_eq!(event.trigger, "core.every");
    assert_eq!(event.payload, json!({"executed_at": "2026-01-01 00:00:10+00:00", "schedule": null}));
    assert_eq!(event.trace_context["trace_tag"], "st2.IntervalTimer-every");
}

#[tokio::test]
async fn a_restart_fires_a_slot_once_and_goes_on_in_the_same_rhythm() {
    let store = store();
    let trigger = trigger("every", INTERVAL, json!({"unit": "seconds", "delta": 10}));
    put(&store, &trigger, rule(&trigger, true, json!([]))).await;
    let first = process(&store, start());
    first.start(Timers);
    started(&store, &trigger).await;
    first.clock.advance(Duration::from_secs(10));
    fired(&store, 1).await;
    first.stop().await;

    // The clock stands at the slot that was fired; the batch was written, the nudge perhaps not.
    let second = process(&store, start().after(Duration::from_secs(10)));
    second.start(Timers);
    second.clock.advance(Duration::from_secs(10));
    fired(&store, 2).await;
    second.stop().await;
    assert_eq!(events(&store).await[1].payload["executed_at"], "2026-01-01 00:00:20+00:00");
}

#[tokio::test]
async fn a_slot_fires_once_wherever_the_batch_was_cut_off() {
    for after in 0.. {
        let mut has_torn = false;
        for tear in tears(after) {
            let torn = TornStore::new(store());
            let store = torn.store.clone();
            let trigger = trigger("every", INTERVAL, json!({"unit": "seconds", "delta": 10}));
            put(&store, &trigger, rule(&trigger, true, json!([]))).await;
            let first = process(&store, start());
            first.start(Timers);
            started(&store, &trigger).await;
            torn.tear(tear);
            let last_slot = async || state(&store, &trigger).await.and_then(|state| state.last_slot);
            first.clock.advance(Duration::from_secs(10));
            eventually("the slot is taken, or the store has torn", async || {
                (last_slot().await.is_some() || torn.has_torn()).then_some(())
            })
            .await;
            first.clock.advance(Duration::from_secs(1));
            if !tear.for_good {
                eventually("the slot is taken", last_slot).await;
            }
            // What rests wakes up.
            let passing = first.let_time_pass(Duration::from_millis(1));
            first.stop().await;
            drop(passing);
            torn.mend();
            let second = process(&store, start().after(Duration::from_secs(11)));
            second.start(Timers);
            eventually("the slot is taken", last_slot).await;
            fired(&store, 1).await;
            second.clock.advance(Duration::from_secs(9));
            fired(&store, 2).await;
            second.stop().await;
            has_torn |= torn.has_torn();
        }
        if !has_torn {
            assert!(after > 2, "the event and the state are two writes");
            return;
        }
    }
}

#[tokio::test]
async fn two_processes_fire_a_slot_once() {
    let store = store();
    let trigger = trigger("every", INTERVAL, json!({"unit": "seconds", "delta": 10}));
    put(&store, &trigger, rule(&trigger, true, json!([]))).await;
    let (one, other) = (process(&store, start()), process(&store, start()));
    one.start(Timers);
    started(&store, &trigger).await;
    other.start(Timers);
    for count in 1..=3 {
        one.clock.advance(Duration::from_secs(10));
        other.clock.advance(Duration::from_secs(10));
        fired(&store, count).await;
    }
    one.stop().await;
    other.stop().await;
    assert_eq!(events(&store).await.len(), 3);
}

#[tokio::test]
async fn slots_missed_while_down_follow_the_rules_tag() {
    for (tag, expected) in [(None, 1), (Some("skip"), 0), (Some("fire_once"), 1), (Some("catch_up 3"), 3)] {
        let store = store();
        let trigger = trigger("every", INTERVAL, json!({"unit": "minutes", "delta": 1}));
        let tags = tag.map_or_else(|| json!([]), |value| json!([{"name": "squall.misfire", "value": value}]));
        put(&store, &trigger, rule(&trigger, true, tags)).await;
        let before = process(&store, start());
        before.start(Timers);
        started(&store, &trigger).await;
        before.stop().await;

        let after = process(&store, start().after(Duration::from_secs(630)));
        after.start(Timers);
        fired(&store, expected).await;
        after.clock.advance(Duration::from_secs(30));
        fired(&store, expected + 1).await;
        after.stop().await;
    }
}

#[tokio::test]
async fn only_enabled_rules_keep_a_timer_going() {
    let store = store();
    let trigger = trigger("every", INTERVAL, json!({"unit": "seconds", "delta": 10}));
    put(&store, &trigger, rule(&trigger, false, json!([]))).await;
    let sandbox = process(&store, start());
    sandbox.start(Timers);
    for (enabled, count) in [(true, 1), (false, 1), (true, 2)] {
        put(&store, &trigger, rule(&trigger, enabled, json!([]))).await;
        announce(&sandbox, &trigger).await;
        eventually("the timer follows the rule", async || {
            (state(&store, &trigger).await.is_some() == enabled).then_some(())
        })
        .await;
        sandbox.clock.advance(Duration::from_secs(60));
        fired(&store, count).await;
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn dates_fire_once_and_past_ones_never() {
    let store = store();
    let soon = trigger("soon", "core.st2.DateTimer", json!({"date": "2026-01-01 00:01:00", "timezone": "UTC"}));
    let past = trigger("past", "core.st2.DateTimer", json!({"date": "2020-01-01 00:00:00"}));
    let broken = trigger("broken", "core.st2.CronTimer", json!({"hour": "noon"}));
    for trigger in [&soon, &past, &broken] {
        put(&store, trigger, rule(trigger, true, json!([]))).await;
    }
    let sandbox = process(&store, start());
    sandbox.start(Timers);
    for trigger in [&soon, &past, &broken] {
        started(&store, trigger).await;
    }
    sandbox.clock.advance(Duration::from_secs(60));
    fired(&store, 1).await;
    sandbox.stop().await;
    assert_eq!(events(&store).await[0].trigger, "core.soon");

    let later = process(&store, start().after(Duration::from_secs(3600)));
    later.start(Timers);
    let cron = trigger("cron", "core.st2.CronTimer", json!({"minute": "*/30"}));
    put(&store, &cron, rule(&cron, true, json!([]))).await;
    announce(&later, &cron).await;
    started(&store, &cron).await;
    later.clock.advance(Duration::from_secs(1800));
    fired(&store, 2).await;
    later.stop().await;
    assert_eq!(events(&store).await[1].trigger, "core.cron");
}
