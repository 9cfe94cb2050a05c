//! The service on a real store: events in, executions and enforcements out, once.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_bus::{Change, Disturbance, Exchange, Heard, Message};
use squall_model::{
    Action, EnforcementStatus, Execution, Id, Rule, RuleEnforcement, Status, Timestamp, Trigger, TriggerInstance,
    TriggerInstanceStatus, TriggerType,
};
use squall_rules::RulesEngine;
use squall_service::{ActionTriggers, Settings, TriggerDispatch, dispatch_trigger, publish_quietly};
use squall_store::{Query, Store};
use squall_testkit::{ManualClock, Sandbox, TornStore, action, eventually, runner_type, tears};

const TRIGGER: &str = "golden.event";

async fn sandbox(disturbance: Disturbance) -> Sandbox {
    let store = squall_store_sqlite::open_in_memory().unwrap();
    furnish(&store).await;
    Sandbox::with(store, Settings::default(), disturbance, Arc::new(ManualClock::default()))
}

async fn furnish(store: &Store) {
    let kind: TriggerType = serde_json::from_value(json!({"name": "event", "pack": "golden"})).unwrap();
    let kind = TriggerType { id: Id::derived(&["type"]), ..kind.with_references() };
    store.trigger_types.insert(kind).await.unwrap();
    let trigger: Trigger = serde_json::from_value(
        json!({"name": "event", "pack": "golden", "ref": TRIGGER, "type": TRIGGER, "id": Id::derived(&["trigger"])}),
    )
    .unwrap();
    store.triggers.insert(trigger).await.unwrap();
    let parameters = json!({"message": {"type": "string"}}).as_object().unwrap().clone();
    store.actions.insert(Action { parameters, ..action("core", "noop", "noop") }).await.unwrap();
    store.runner_types.insert(runner_type("noop")).await.unwrap();
}

fn rule(name: &str, action: &str, criteria: Value) -> Rule {
    let rule: Rule = serde_json::from_value(json!({
        "name": name, "pack": "golden", "enabled": true, "id": Id::derived(&["rule", name]), "criteria": criteria,
        "trigger": {"type": TRIGGER, "ref": TRIGGER}, "action": {"ref": action, "parameters": {"message": "hello {{ trigger.name | default('you') }}"}},
    }))
    .unwrap();
    rule.with_references()
}

async fn add(sandbox: &Sandbox, rule: Rule) {
    sandbox.context.store.rules.put(rule).await.unwrap();
    let message = Message::Triggers { change: Change::Update, trigger: TRIGGER.to_owned() };
    publish_quietly(&sandbox.context, message).await;
}

async fn send(sandbox: &Sandbox, payload: Value) -> TriggerInstance {
    let dispatch =
        TriggerDispatch { trigger: TRIGGER.to_owned(), payload, trace_context: Default::default(), id: None };
    dispatch_trigger(&sandbox.context, dispatch).await.unwrap()
}

async fn settled(sandbox: &Sandbox, id: Id) -> TriggerInstanceStatus {
    eventually("the event is processed", async || {
        let found = sandbox.context.store.trigger_instances.get(&id).await.unwrap().unwrap();
        Some(found.value.status).filter(|status| *status != TriggerInstanceStatus::Pending)
    })
    .await
}

async fn executions(sandbox: &Sandbox) -> Vec<Arc<Execution>> {
    sandbox.context.store.executions.list(&Query::all(), true).await.unwrap().items
}

async fn enforcements(sandbox: &Sandbox) -> Vec<RuleEnforcement> {
    sandbox.context.store.rule_enforcements.list(&Query::all().ascending("rule.ref")).await.unwrap().items
}

#[tokio::test]
async fn an_event_becomes_an_execution_with_all_that_clients_look_at() {
    let sandbox = sandbox(Disturbance::default()).await;
    sandbox.start(RulesEngine);
    add(&sandbox, rule("match", "core.noop", json!({"trigger.n": {"type": "eq", "pattern": 1}}))).await;
    let event = send(&sandbox, json!({"n": 1, "name": "Ann"})).await;
    assert_eq!(settled(&sandbox, event.id).await, TriggerInstanceStatus::Processed);
    sandbox.stop().await;

    let (executions, enforcements) = (executions(&sandbox).await, enforcements(&sandbox).await);
    let execution = &executions[0];
    let rule_id = Id::derived(&["rule", "match"]);
    assert_eq!(execution.status, Status::Requested);
    assert_eq!(execution.parameters, json!({"message": "hello Ann"}).as_object().unwrap().clone());
    let context = Value::Object(execution.context.clone());
    assert_eq!(context["user"], "stanley");
    assert_eq!(context["pack"], "core");
    assert_eq!(context["rule"], json!({"id": rule_id, "name": "match"}));
    assert_eq!(context["trigger_instance"], json!({"id": event.id, "name": null}));
    assert_eq!(context["trace_context"]["trace_tag"], format!("trigger_instance-{}", event.id));
    let shown = Value::Object(execution.to_api(""));
    assert_eq!(shown["rule"]["ref"], "golden.match");
    assert_eq!(shown["trigger"]["ref"], TRIGGER);
    assert_eq!(shown["trigger_type"]["uid"], "trigger_type:golden:event");
    assert_eq!(shown["trigger_instance"]["payload"], json!({"n": 1, "name": "Ann"}));
    assert_eq!(shown["trigger_instance"]["status"], "processing");
    assert_eq!((executions.len(), enforcements.len()), (1, 1));
    assert_eq!(enforcements[0].status, EnforcementStatus::Succeeded);
    assert_eq!(enforcements[0].execution_id, Some(execution.id));

    let traces = sandbox.context.store.traces.list(&Query::all()).await.unwrap().items;
    assert_eq!(context["trace_context"]["id_"], json!(traces[0].id));
    assert_eq!(traces[0].action_executions[0].caused_by["id"], format!("{rule_id}:{}", event.id));
}

#[tokio::test]
async fn a_rule_that_fails_does_not_stop_the_others() {
    let sandbox = sandbox(Disturbance::default()).await;
    add(&sandbox, rule("a_unknown", "golden.nosuch", json!({}))).await;
    add(&sandbox, rule("b_broken", "core.noop", json!({"trigger.n": {"type": "lt", "pattern": "x"}}))).await;
    add(&sandbox, rule("c_good", "core.noop", json!({}))).await;
    sandbox.start(RulesEngine);
    let event = send(&sandbox, json!({"n": 1})).await;
    assert_eq!(settled(&sandbox, event.id).await, TriggerInstanceStatus::Processed);
    sandbox.stop().await;

    let told: Vec<_> = enforcements(&sandbox).await.into_iter().map(|record| record.failure_reason).collect();
    assert_eq!(told[0].as_deref(), Some("Action \"golden.nosuch\" doesn't exist"));
    let broken = format!(
        "Failed to match rule \"golden.b_broken\" against trigger instance \"{}\": There might be a problem with the criteria \
         in rule golden.b_broken: '<' not supported between instances of 'int' and 'str'",
        event.id
    );
    assert_eq!(told[1].as_deref(), Some(broken.as_str()));
    assert_eq!((&told[2], told.len(), executions(&sandbox).await.len()), (&None, 3, 1));
}

#[tokio::test]
async fn repeated_and_reordered_messages_change_nothing() {
    let sandbox =
        sandbox(Disturbance { duplicate: Some(|_| true), reorder: Some(|n| n % 3 == 0), ..Disturbance::default() })
            .await;
    add(&sandbox, rule("one", "core.noop", json!({}))).await;
    add(&sandbox, rule("two", "core.noop", json!({}))).await;
    sandbox.start(RulesEngine);
    let mut events = Vec::new();
    for n in 0..20 {
        events.push(send(&sandbox, json!({"n": n})).await);
    }
    for event in &events {
        settled(&sandbox, event.id).await;
    }
    // A rule that comes later has no part in events that were processed before.
    add(&sandbox, rule("late", "core.noop", json!({}))).await;
    for event in events {
        publish_quietly(&sandbox.context, Message::TriggerInstance(Arc::new(event))).await;
    }
    let last = send(&sandbox, json!({"n": "last"})).await;
    settled(&sandbox, last.id).await;
    sandbox.stop().await;
    assert_eq!(executions(&sandbox).await.len(), 20 * 2 + 3);
    assert_eq!(enforcements(&sandbox).await.len(), 20 * 2 + 3);
}

#[tokio::test]
async fn a_sweep_finds_events_whose_message_was_lost() {
    let sandbox = sandbox(Disturbance { drop: Some(|_| true), ..Disturbance::default() }).await;
    sandbox.context.store.rules.put(rule("one", "core.noop", json!({}))).await.unwrap();
    let before = send(&sandbox, json!({"n": 1})).await;
    sandbox.start(RulesEngine);
    settled(&sandbox, before.id).await;

    let after = send(&sandbox, json!({"n": 2})).await;
    let period = std::time::Duration::from_secs(sandbox.context.settings.sweep_seconds);
    eventually("the later event is found, too", async || {
        sandbox.clock.advance(period);
        tokio::task::yield_now().await;
        let found = sandbox.context.store.trigger_instances.get(&after.id).await.unwrap().unwrap();
        (found.value.status == TriggerInstanceStatus::Processed).then_some(())
    })
    .await;
    sandbox.stop().await;
    assert_eq!(executions(&sandbox).await.len(), 2);
}

#[tokio::test]
async fn a_batch_that_was_cut_short_is_completed_with_the_same_ids() {
    let sandbox = sandbox(Disturbance::default()).await;
    add(&sandbox, rule("one", "core.noop", json!({}))).await;
    let event = send(&sandbox, json!({"n": 1})).await;
    sandbox.start(RulesEngine);
    settled(&sandbox, event.id).await;
    let first = executions(&sandbox).await;
    // As a store without transactions would be left by a crash: the execution is there, the event still pending.
    sandbox.context.store.trigger_instances.put(event.clone()).await.unwrap();
    publish_quietly(&sandbox.context, Message::TriggerInstance(Arc::new(event.clone()))).await;
    settled(&sandbox, event.id).await;
    sandbox.stop().await;
    let again = executions(&sandbox).await;
    assert_eq!((again.len(), again[0].id), (1, first[0].id));
    assert_eq!(enforcements(&sandbox).await.len(), 1);
}

/// Runs until the event is processed, or the store has torn for good.
async fn run_with_a_tear(torn: &TornStore, event: &TriggerInstance, dies: bool) {
    let sandbox = Sandbox::with(
        torn.store.clone(),
        Settings::default(),
        Disturbance::default(),
        Arc::new(ManualClock::default()),
    );
    sandbox.start(RulesEngine);
    let _passing = sandbox.let_time_pass(std::time::Duration::from_secs(1));
    eventually("the event is processed", async || {
        let found = torn.store.trigger_instances.get(&event.id).await.unwrap().unwrap();
        let is_over = found.value.status == TriggerInstanceStatus::Processed || (dies && torn.has_torn());
        is_over.then_some(())
    })
    .await;
    sandbox.stop().await;
}

#[tokio::test]
async fn an_event_is_processed_once_wherever_the_batch_was_cut_off() {
    for after in 0.. {
        let mut has_torn = false;
        for tear in tears(after) {
            let torn = TornStore::new(squall_store_sqlite::open_in_memory().unwrap());
            furnish(&torn.store).await;
            let sandbox = Sandbox::new(torn.store.clone());
            add(&sandbox, rule("one", "core.noop", json!({}))).await;
            add(&sandbox, rule("two", "core.noop", json!({}))).await;
            add(&sandbox, rule("unknown", "golden.nosuch", json!({}))).await;
            let event = send(&sandbox, json!({"n": 1})).await;
            torn.tear(tear);
            run_with_a_tear(&torn, &event, tear.for_good).await;
            torn.mend();
            run_with_a_tear(&torn, &event, false).await;
            let failures = enforcements(&sandbox).await.into_iter().filter(|record| record.failure_reason.is_some());
            assert_eq!((executions(&sandbox).await.len(), failures.count()), (2, 1), "{tear:?}");
            assert_eq!(enforcements(&sandbox).await.len(), 3, "{tear:?}");
            assert_eq!(torn.store.traces.list(&Query::all()).await.unwrap().total, 1, "{tear:?}");
            has_torn |= torn.has_torn();
        }
        if !has_torn {
            assert_eq!(after, 8, "two executions, three enforcements, the trace and the event are seven writes");
            return;
        }
    }
}

#[tokio::test]
async fn a_rule_is_heard_of_and_forgotten_at_once() {
    let sandbox = sandbox(Disturbance::default()).await;
    sandbox.start(RulesEngine);
    let unheard = send(&sandbox, json!({})).await;
    settled(&sandbox, unheard.id).await;
    for (enabled, expected) in [(true, 1), (false, 1), (true, 2)] {
        add(&sandbox, Rule { enabled, ..rule("one", "core.noop", json!({})) }).await;
        let event = send(&sandbox, json!({})).await;
        settled(&sandbox, event.id).await;
        assert_eq!(executions(&sandbox).await.len(), expected, "enabled: {enabled}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn traces_go_on_through_events_that_executions_cause() {
    let sandbox = sandbox(Disturbance::default()).await;
    add(&sandbox, rule("one", "core.noop", json!({}))).await;
    sandbox.start(RulesEngine);
    let trace = json!({"id_": Id::derived(&["trace"]), "trace_tag": "given"});
    let dispatch = TriggerDispatch {
        trigger: TRIGGER.to_owned(),
        payload: json!({}),
        trace_context: trace.as_object().unwrap().clone(),
        id: None,
    };
    let event = dispatch_trigger(&sandbox.context, dispatch).await.unwrap();
    settled(&sandbox, event.id).await;
    sandbox.stop().await;
    assert_eq!(executions(&sandbox).await[0].context["trace_context"], trace);
    assert_eq!(sandbox.context.store.traces.list(&Query::all()).await.unwrap().total, 0);
    assert!(event.occurrence_time > Timestamp::from_micros(0));
}

/// Returns the reason and the executions of a rule whose action gets these parameters.
async fn failure(parameters: Value) -> (String, Vec<Arc<Execution>>) {
    let sandbox = sandbox(Disturbance::default()).await;
    let mut unfit = rule("one", "core.noop", json!({}));
    unfit.action.parameters = parameters.as_object().unwrap().clone();
    add(&sandbox, unfit).await;
    sandbox.start(RulesEngine);
    let event = send(&sandbox, json!({})).await;
    settled(&sandbox, event.id).await;
    sandbox.stop().await;
    let enforcements = sandbox.context.store.rule_enforcements.list(&Query::all()).await.unwrap().items;
    assert_eq!((enforcements[0].status, enforcements[0].execution_id), (EnforcementStatus::Failed, None));
    (enforcements[0].failure_reason.clone().unwrap(), executions(&sandbox).await)
}

#[tokio::test]
async fn an_action_whose_parameters_do_not_render_is_kept_as_failed() {
    let (reason, executions) = failure(json!({"message": "{{ trigger.nosuch.deep }}"})).await;
    assert!(reason.starts_with("Failed to render parameter \"message\": "), "{reason}");
    assert_eq!((executions.len(), executions[0].status), (1, Status::Failed));
    assert_eq!(executions[0].parameters["message"], "{{ trigger.nosuch.deep }}");
    assert_eq!(executions[0].result_value()["error"], json!(reason));
}

/// A rule that listens to ended actions never heard of one that another rule had asked for in vain.
#[tokio::test]
async fn the_end_of_an_action_whose_parameters_do_not_render_is_an_event_like_any_other() {
    let store = squall_store_sqlite::open_in_memory().unwrap();
    furnish(&store).await;
    let settings = Settings { action_triggers: ActionTriggers::Always, ..Settings::default() };
    let sandbox = Sandbox::with(store, settings, Disturbance::default(), Arc::new(ManualClock::default()));
    let mut heard = sandbox.context.bus.listen(&[Exchange::Execution]).await.unwrap();
    let mut unfit = rule("one", "core.noop", json!({}));
    unfit.action.parameters.insert("message".to_owned(), json!("{{ trigger.nosuch.deep }}"));
    add(&sandbox, unfit).await;
    sandbox.start(RulesEngine);
    let event = send(&sandbox, json!({})).await;
    settled(&sandbox, event.id).await;
    let Some(Heard::Message(Message::Execution { change, execution })) = heard.next().await else {
        panic!("the end of the execution is told first");
    };
    assert_eq!((change, execution.status), (Change::Update, Status::Failed));
    sandbox.stop().await;
    let told = Query::all().equals("trigger", "core.st2.generic.actiontrigger");
    let told = sandbox.context.store.trigger_instances.list(&told).await.unwrap().items;
    assert_eq!((told.len(), &told[0].payload["execution_id"]), (1, &json!(execution.id)));
}

#[tokio::test]
async fn an_enforcement_says_which_parameter_does_not_fit_what() {
    let (reason, executions) = failure(json!({"nosuch": 1})).await;
    assert_eq!(
        reason,
        "Additional properties are not allowed ('nosuch' was unexpected)\n\nFailed validating 'additionalProperties' in schema:\n    \
         {'type': 'object',\n     'properties': {'message': {'type': ['string', 'null']}},\n     'additionalProperties': False,\n     \
         'title': 'noop'}\n\nOn instance:\n    {'nosuch': 1}"
    );
    assert_eq!(executions.len(), 0);
}
