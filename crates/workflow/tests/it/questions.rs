//! Workflows with questions to people, on a store that tears and with engines that die: no answer is lost.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_bus::Disturbance;
use squall_model::{Execution, Status};
use squall_service::inquiries;
use squall_testkit::Tear;

use crate::torn::{every_tear, settle, world};
use crate::world::World;

const APPROVAL: &str = "
version: 1.0
tasks:
  ask:
    action: test.ask
    next: [{when: '<% succeeded() %>', publish: [{said: '<% result().response.ok %>'}], do: act}]
  act:
    action: test.noop
output:
  - said: <% ctx().said %>
";

const CHAIN: &str = "
chain:
  - {name: ask, ref: test.ask, on-success: act}
  - {name: act, ref: test.noop}
";

async fn question(world: &World) -> Arc<Execution> {
    let children = world.children().await;
    children.into_iter().find(|child| child.status == Status::Pending).expect("a question is open")
}

async fn answer(world: &World) {
    let context = &world.sandbox.context;
    let answered = inquiries::respond(context, question(world).await, &json!({"ok": true}), "ada").await;
    answered.expect("the answer is stored").moved().expect("the answer counts");
}

fn statuses(execution: &Execution) -> Vec<Status> {
    execution.log.iter().map(|entry| entry.status).collect()
}

async fn went_on(world: &World) {
    let ended = world.workflow().await;
    assert_eq!((ended.status, ended.result_value()), (Status::Succeeded, json!({"output": {"said": true}})));
    world.every_child_once(2).await;
}

#[tokio::test]
async fn a_workflow_pauses_for_its_question_and_shows_who_made_it_go_on() {
    let world = World::new(APPROVAL, Disturbance::default()).await;
    world.run_until(Status::Paused).await;
    let world = world.with_new_processes();
    answer(&world).await;
    world.run_while_sweeping().await;
    went_on(&world).await;
    let ended = world.workflow().await;
    assert_eq!(ended.context["resumed_by"], "ada");
    let expected = [Status::Paused, Status::Resuming, Status::Running, Status::Succeeded];
    assert_eq!(statuses(&ended)[3..], expected, "{:?}", ended.log);
}

/// Every process dies right after the answer is stored, and those that come next on a store that tears there; false when it never came
/// to that.
async fn answer_survives(definition: &str, tear: Tear, check: impl AsyncFn(&World)) -> bool {
    let (world, torn) = world(definition).await;
    world.run_until(Status::Paused).await;
    answer(&world).await;
    let world = world.with_new_processes();
    let world = settle(world, &torn, tear).await;
    check(&world).await;
    torn.has_torn()
}

#[tokio::test]
async fn an_answer_is_not_lost_whenever_the_processes_die_between_it_and_the_resumption() {
    every_tear(5, async |tear| answer_survives(APPROVAL, tear, went_on).await).await;
}

#[tokio::test]
async fn nor_is_the_answer_to_a_question_of_a_chain() {
    let check = async |world: &World| {
        assert_eq!(world.workflow().await.status, Status::Succeeded);
        world.every_child_once(2).await;
    };
    every_tear(5, async |tear| answer_survives(CHAIN, tear, check).await).await;
}

/// A workflow that waits for an answer is canceled on a store that tears there.
async fn cancellation_reaches_the_question(tear: Tear) -> bool {
    let (world, torn) = world(APPROVAL).await;
    world.run_until(Status::Paused).await;
    let asked = question(&world).await;
    let world = world.with_new_processes();
    world.ask_for(Status::Canceling).await;
    let world = settle(world, &torn, tear).await;
    assert_eq!(world.workflow().await.status, Status::Canceled, "{tear:?}");
    let late = inquiries::respond(&world.sandbox.context, asked, &json!({"ok": true}), "ada").await;
    assert!(late.expect("the store answers").moved().is_none(), "{tear:?}");
    let children = world.children().await;
    assert_eq!(children.iter().map(|child| child.status).collect::<Vec<_>>(), [Status::Canceled], "{tear:?}");
    torn.has_torn()
}

#[tokio::test]
async fn no_question_of_a_canceled_workflow_stays_open_whichever_write_was_the_last() {
    every_tear(1, cancellation_reaches_the_question).await;
}

#[tokio::test]
async fn a_question_whose_news_got_lost_still_pauses_its_workflow() {
    // Every second message is lost.
    let disturbance = Disturbance { drop: Some(|number| number % 2 == 0), ..Disturbance::default() };
    let world = World::new(APPROVAL, disturbance).await;
    world
        .run_while_sweeping_until("the pause", async |world: &World| world.workflow().await.status == Status::Paused)
        .await;
    let world = world.with_new_processes();
    answer(&world).await;
    world.run_while_sweeping().await;
    went_on(&world).await;
}

#[tokio::test]
async fn the_end_of_the_time_to_answer_fails_a_workflow_that_does_not_handle_it() {
    let world = World::new(APPROVAL, Disturbance::default()).await;
    world.run_until(Status::Paused).await;
    let world = world.with_new_processes();
    world.sandbox.clock.advance(Duration::from_secs(1440 * 60));
    let ended = world.run_while_sweeping().await;
    assert_eq!(ended.status, Status::Failed);
    assert_eq!(ended.context["resumed_by"], world.settings.system_user);
    assert_eq!(world.children().await[0].status, Status::Timeout);
}
