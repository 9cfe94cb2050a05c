//! Chains on a real store: as durable as workflows are.

use serde_json::{Value, json};
use squall_bus::Disturbance;
use squall_model::{Execution, Status};

use crate::world::World;

pub(crate) const CHAIN: &str = "
chain:
  - name: one
    ref: test.noop
    publish: {said: '{{ one.ok }}'}
    on-success: two
    notify: {on-complete: {routes: [here]}}
  - name: two
    ref: test.noop
    on-success: three
  - name: three
    ref: test.noop
";

/// What a chain of three tasks ends with, whatever happened meanwhile.
pub(crate) async fn assert_complete(world: &World, ended: &Execution) {
    assert_eq!(ended.status, Status::Succeeded);
    let result = ended.result_value();
    assert_eq!(result["published"], json!({"said": "True"}));
    let tasks = result["tasks"].as_array().expect("a list of tasks").clone();
    let names: Vec<&Value> = tasks.iter().map(|task| &task["name"]).collect();
    assert_eq!(names, ["one", "two", "three"]);
    let children = world.children().await;
    for task in tasks {
        let child = children.iter().find(|child| json!(child.id) == task["execution_id"]).expect("a child of that id");
        assert_eq!(task["liveaction_id"], json!(child.liveaction_id));
        assert_eq!(task["result"], json!({"ok": true}));
        assert_eq!(child.context["chain"]["name"], task["name"]);
        assert_eq!(child.context["parent"]["execution_id"], json!(ended.id));
    }
    world.every_child_once(3).await;
}

#[tokio::test]
async fn a_chain_ends_with_its_tasks_and_what_they_published() {
    let world = World::new(CHAIN, Disturbance::default()).await;
    let ended = world.run_to_the_end().await;
    assert_complete(&world, &ended).await;
    assert!(!ended.context.contains_key("workflow_execution"), "{:?}", ended.context);
    let children = world.children().await;
    let first = children.iter().find(|child| child.context["chain"]["name"] == json!("one")).expect("the first task");
    assert_eq!(
        first.context["chain"],
        json!({
            "name": "one",
            "ref": "test.noop",
            "params": null,
            "parameters": null,
            "on_success": "two",
            "on_failure": null,
            "publish": {"said": "{{ one.ok }}"},
            "notify": {"on-complete": {"routes": ["here"]}},
        })
    );
    assert_eq!(first.notify, Some(json!({"on-complete": {"routes": ["here"]}})));
    assert_eq!((first.workflow_execution, first.task_execution), (None, None));
}

#[tokio::test]
async fn lost_and_repeated_messages_make_no_difference_to_a_chain() {
    let lost = Disturbance { drop: Some(|number| number % 2 == 0), ..Disturbance::default() };
    let repeated = Disturbance { duplicate: Some(|_| true), ..Disturbance::default() };
    for disturbance in [lost, repeated] {
        let world = World::new(CHAIN, disturbance).await;
        let ended = world.run_while_sweeping().await;
        assert_complete(&world, &ended).await;
    }
}

#[tokio::test]
async fn a_new_engine_takes_a_chain_over_wherever_the_old_one_died() {
    for children_seen in 0..3 {
        let world = World::new(CHAIN, Disturbance::default()).await;
        world.run_until_children(children_seen).await;
        let world = world.with_new_processes();
        let ended = world.run_while_sweeping().await;
        assert_complete(&world, &ended).await;
    }
}

#[tokio::test]
async fn a_canceled_chain_lets_what_runs_end_and_tells_of_it() {
    let world = World::new(CHAIN, Disturbance::default()).await;
    let ended = world.cancel_while_the_first_action_runs().await;
    assert_eq!(ended.status, Status::Canceled);
    assert_eq!(ended.result_value()["tasks"][0]["state"], json!("succeeded"));
    world.every_child_once(1).await;
}

#[tokio::test]
async fn a_chain_that_has_paused_shows_how_far_it_has_come() {
    let world = World::new(CHAIN, Disturbance::default()).await;
    let held = world.run_until_held().await;
    assert_eq!(world.workflow().await.result_value(), Value::Null);
    world.ask_for(Status::Pausing).await;
    world.hears_the_first_wish().await;
    world.let_go(held, async |world| world.workflow().await.status == Status::Paused).await;
    let paused = world.workflow().await;
    let result = paused.result_value();
    assert_eq!((&result["tasks"][0]["state"], &result["tasks"][1]), (&json!("succeeded"), &Value::Null));
    assert_eq!(paused.context["vars"], json!({"said": "True"}));
    world.ask_for(Status::Resuming).await;
    let ended = world.ended().await;
    assert_complete(&world, &ended).await;
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_chain_that_is_none_fails_with_the_text_of_its_mistake() {
    let world = World::new("chain: [{name: c1, ref: test.noop, on-success: c2}]", Disturbance::default()).await;
    let ended = world.run_to_the_end().await;
    assert_eq!(ended.status, Status::Failed);
    let expected = "Unable to find node with name \"c2\" referenced in \"on-success\" in task \"c1\".";
    let place = "  File \"actions/flow.yaml\", line 1, column 36\n";
    assert_eq!(ended.result_value(), json!({"error": expected, "traceback": place}));
}

#[tokio::test]
async fn a_refused_action_is_named_as_stackstorm_names_it() {
    for (task, expected) in [
        (
            "{name: c1, ref: test.nosuch}",
            "Failed to run task \"c1\". Action with reference \"test.nosuch\" doesn't exist.. \
             Task :: c1 - Action with ref test.nosuch not registered.",
        ),
        (
            "{name: c1, ref: test.noop, parameters: {x: 1}}",
            "Failed running task \"c1\".. Additional properties are not allowed ('x' was unexpected)\n\nFailed validating 'additionalProperties' in schema:",
        ),
    ] {
        let world = World::new(&format!("chain: [{task}]"), Disturbance::default()).await;
        let ended = world.run_to_the_end().await;
        assert_eq!(ended.status, Status::Failed);
        let result = ended.result_value();
        let told = result.get("error").unwrap_or_else(|| &result["tasks"][0]["result"]["error"]);
        assert!(told.as_str().is_some_and(|told| told.starts_with(expected)), "{result}");
    }
}
