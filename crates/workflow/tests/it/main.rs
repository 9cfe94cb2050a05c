//! The workflow engine on a real store, with a bus that misbehaves and engines that die: the end is always the same.

mod chain;
mod cost;
mod ledger;
mod questions;
mod torn;
mod wishes;
mod world;

use std::time::Duration;

use serde_json::json;
use squall_bus::Disturbance;
use squall_model::Status;

use crate::world::{SEQUENCE, World};

/// Two tasks in parallel, a join, three items: eight events, six children.
const BROAD: &str = "
version: 1.0
tasks:
  left:
    action: test.noop
    next: [{when: '<% succeeded() %>', do: meet}]
  right:
    action: test.noop
    next: [{when: '<% succeeded() %>', do: meet}]
  meet:
    join: all
    action: test.noop
    next: [{when: '<% succeeded() %>', do: items}]
  items:
    with: n in <% list(1, 2, 3) %>
    action: test.noop
output:
  - met: <% task_status(meet) %>
";

#[tokio::test]
async fn a_sequence_ends_with_its_output() {
    let world = World::new(SEQUENCE, Disturbance::default()).await;
    let ended = world.run_to_the_end().await;
    assert_eq!(ended.status, Status::Succeeded);
    assert_eq!(ended.result_value(), json!({"output": {"said": "three"}}));
    world.every_child_once(3).await;
}

/// A client that looked at a workflow while it ran found no `result` where StackStorm has an output of null.
#[tokio::test]
async fn a_workflow_that_runs_shows_that_it_has_no_output_yet() {
    let world = World::new(SEQUENCE, Disturbance::default()).await;
    world.run_until_held().await;
    assert_eq!(world.workflow().await.result_value(), json!({"output": null}));
    world.sandbox.stop().await;
}

/// In the language of old packs: a result under the name of its task, a condition on what was published.
const MISTRAL: &str = "
version: '2.0'
workflows:
  main:
    output: {said: <% $.said %>}
    tasks:
      one:
        action: test.noop
        publish: {said: <% $.one.ok %>}
        on-success:
          - two: <% $.said %>
      two:
        action: test.noop
        with-items: i in <% range(0, 3).list() %>
";

/// A workbook whose `main` calls another of its workflows, once for each item.
const WORKBOOK: &str = "
version: '2.0'
name: test.book
workflows:
  main:
    output: {said: <% $.said %>, first: '<% $.said[0] %>'}
    tasks:
      call-all:
        workflow: inner of=<% $.i %>
        with-items: i in <% range(0, 2).list() %>
        publish: {said: <% task(call-all).result.said %>}
  inner:
    input: [of, {more: 1}]
    output: {said: <% $.of + $.more %>}
    tasks:
      say-it:
        action: test.noop
";

#[tokio::test]
async fn a_workflow_of_a_workbook_calls_another_also_after_a_crash() {
    let world = World::new(WORKBOOK, Disturbance::default()).await;
    world.run_until_children(2).await;
    let world = world.with_new_processes();
    let ended = world.run_while_sweeping().await;
    assert_eq!(ended.result_value(), json!({"output": {"said": [1, 2], "first": 1}, "said": [1, 2], "first": 1}));
    world.every_child_once(2).await;
}

#[tokio::test]
async fn a_workflow_of_mistral_runs_on_the_same_engine() {
    let world = World::new(MISTRAL, Disturbance::default()).await;
    world.run_until_children(2).await;
    let world = world.with_new_processes();
    let ended = world.run_while_sweeping().await;
    assert_eq!(ended.result_value(), json!({"output": {"said": true}, "said": true}));
    world.every_child_once(4).await;
}

#[tokio::test]
async fn what_of_mistral_is_not_understood_ends_the_workflow_with_the_place() {
    let world = World::new("version: '2.0'\nw:\n  tasks:\n    a: {requires: b}\n", Disturbance::default()).await;
    let ended = world.run_to_the_end().await;
    let message = "actions/flow.yaml:4:9: the key `requires` of a task is not understood";
    assert_eq!(ended.result_value()["errors"][0]["message"], json!(message));
}

#[tokio::test]
async fn repeated_messages_change_nothing() {
    let world = World::new(BROAD, Disturbance { duplicate: Some(|_| true), ..Disturbance::default() }).await;
    assert_eq!(world.run_to_the_end().await.result_value(), json!({"output": {"met": "succeeded"}}));
    world.every_child_once(6).await;
}

#[tokio::test]
async fn lost_messages_are_made_up_for_by_sweeps() {
    let world = World::new(BROAD, Disturbance { drop: Some(|number| number % 2 == 0), ..Disturbance::default() }).await;
    let ended = world.run_while_sweeping().await;
    assert_eq!(ended.result_value(), json!({"output": {"met": "succeeded"}}));
    world.every_child_once(6).await;
}

#[tokio::test]
async fn a_new_engine_takes_over_wherever_the_old_one_died() {
    for children_seen in 0..6 {
        let world = World::new(BROAD, Disturbance::default()).await;
        world.run_until_children(children_seen).await;
        let world = world.with_new_processes();
        let ended = world.run_while_sweeping().await;
        assert_eq!(
            ended.result_value(),
            json!({"output": {"met": "succeeded"}}),
            "died after {children_seen} children"
        );
        world.every_child_once(6).await;
    }
}

#[tokio::test]
async fn an_unknown_action_ends_the_workflow_with_the_reason() {
    let world = World::new("version: 1.0\ntasks: {a: {action: test.nosuch}}\n", Disturbance::default()).await;
    let ended = world.run_to_the_end().await;
    assert_eq!(ended.status, Status::Failed);
    let message = "The action \"test.nosuch\" is not registered in the database.";
    assert_eq!(ended.result_value()["errors"][0]["message"], json!(message));
}

#[tokio::test]
async fn a_canceled_workflow_lets_what_runs_end_and_starts_nothing_more() {
    let world = World::new(SEQUENCE, Disturbance::default()).await;
    let ended = world.cancel_while_the_first_action_runs().await;
    assert_eq!(ended.status, Status::Canceled);
    world.every_child_once(1).await;
}

#[tokio::test]
async fn a_delay_passes_by_the_clock() {
    let definition = "version: 1.0\ntasks: {later: {action: test.noop, delay: 30}}\n";
    let world = World::new(definition, Disturbance::default()).await;
    let child = world.run_until_delayed().await;
    assert_eq!(child.delay, Some(30_000));
    world.sandbox.clock.advance(Duration::from_secs(31));
    assert_eq!(world.ended().await.status, Status::Succeeded);
    world.sandbox.stop().await;
}
