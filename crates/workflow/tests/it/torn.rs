//! A store without transactions, cut off after every single write: the workflow ends as if nothing had happened.

use std::time::Duration;

use serde_json::json;
use squall_bus::Disturbance;
use squall_model::Status;
use squall_service::{ActionTriggers, Settings};
use squall_store::{Patch, Query, Transition, transition};
use squall_testkit::{Tear, TornStore, tears};

use crate::chain::{CHAIN, assert_complete};
use crate::world::{SEQUENCE, World};

/// Two tasks side by side, the second of which asks for an action that does not exist: the workflow fails, the first runs to its end.
const MIXED: &str = "
version: 1.0
vars: [{name: test.nosuch}]
tasks:
  left:
    action: test.noop
  right:
    action: <% ctx().name %>
";

pub(crate) async fn world(definition: &str) -> (World, TornStore) {
    let torn = TornStore::new(squall_store_sqlite::open_in_memory().expect("open a store"));
    let settings = Settings { action_triggers: ActionTriggers::Always, ..Settings::default() };
    let world = World::on(torn.store.clone(), definition, Disturbance::default(), settings).await;
    (world, torn)
}

/// Tells whether the workflow and its actions have ended, and all that follows from the ends is written.
async fn is_settled(world: &World) -> bool {
    let far = world.sandbox.context.now().after(Duration::from_secs(3600));
    let executions = &world.sandbox.context.store.executions;
    world.workflow().await.status.is_completed()
        && world.children().await.iter().all(|child| child.status.is_completed())
        && executions.unannounced(far, 100).await.expect("look for marks").is_empty()
}

/// Runs on a store that tears there, then with new processes on the mended store, to the end.
pub(crate) async fn settle(world: World, torn: &TornStore, tear: Tear) -> World {
    torn.tear(tear);
    let died = async |world: &World| (tear.for_good && torn.has_torn()) || is_settled(world).await;
    world.run_while_sweeping_until(&format!("the end, or the death, {tear:?}"), died).await;
    torn.mend();
    let world = world.with_new_processes();
    world.run_while_sweeping_until(&format!("the end, {tear:?}"), is_settled).await;
    world
}

/// Tears after every write that there is, in every way; `survives` is false when it never came to that.
pub(crate) async fn every_tear(least: usize, survives: impl AsyncFn(Tear) -> bool) {
    for after in 0.. {
        let mut has_torn = false;
        for tear in tears(after) {
            has_torn |= survives(tear).await;
        }
        if !has_torn {
            assert!(after > least, "only {after} writes were made");
            return;
        }
    }
}

/// Runs with a store that tears there; false when it never came to that.
async fn survives(definition: &str, tear: Tear, check: impl AsyncFn(&World)) -> bool {
    let (world, torn) = world(definition).await;
    let world = settle(world, &torn, tear).await;
    check(&world).await;
    // Every end has told of itself, once.
    let events = world.sandbox.context.store.trigger_instances.list(&Query::all()).await.expect("list").items;
    let ends = world.children().await.len() + 1;
    assert_eq!(events.len(), ends, "{tear:?}: {events:?}");
    torn.has_torn()
}

async fn survives_every_tear(definition: &str, check: impl AsyncFn(&World)) {
    every_tear(10, async |tear| survives(definition, tear, &check).await).await;
}

#[tokio::test]
async fn a_sequence_survives_every_tear() {
    survives_every_tear(SEQUENCE, async |world| {
        let ended = world.workflow().await;
        assert_eq!((ended.status, ended.result_value()), (Status::Succeeded, json!({"output": {"said": "three"}})));
        world.every_child_once(3).await;
    })
    .await;
}

#[tokio::test]
async fn a_chain_survives_every_tear() {
    // What it notifies of is an event besides those of the ends.
    let chain = CHAIN.replace("    notify: {on-complete: {routes: [here]}}\n", "");
    survives_every_tear(&chain, async |world| assert_complete(world, &*world.workflow().await).await).await;
}

#[tokio::test]
async fn a_refused_action_survives_every_tear() {
    survives_every_tear(MIXED, async |world| {
        let ended = world.workflow().await;
        let message = "InvalidActionReferencedException: Action \"test.nosuch\" cannot be found.";
        assert_eq!(ended.status, Status::Failed);
        assert_eq!(ended.result_value()["errors"][0]["message"], json!(message));
        world.every_child_once(1).await;
    })
    .await;
}

/// A store that tears once while a user's wish passes through the workflow.
async fn wishes_survive_every_tear(wish: impl AsyncFn(&World), expected: Status) {
    for after in 0.. {
        let mut has_torn = false;
        for tear in tears(after).into_iter().filter(|tear| !tear.for_good) {
            let (world, torn) = world(SEQUENCE).await;
            let held = world.run_until_held().await;
            torn.tear(tear);
            let _passing = world.sandbox.let_time_pass(Duration::from_secs(6));
            wish(&world).await;
            world.let_go(held, is_settled).await;
            let ended = world.workflow().await;
            assert_eq!(ended.status, expected, "{tear:?}");
            has_torn |= torn.has_torn();
            world.sandbox.stop().await;
        }
        if !has_torn {
            assert!(after > 5, "only {after} writes were made");
            return;
        }
    }
}

#[tokio::test]
async fn a_cancellation_survives_every_tear() {
    wishes_survive_every_tear(async |world| world.ask_for(Status::Canceling).await, Status::Canceled).await;
}

/// Nobody hears of the cancellation, and no sweep comes before the last action ends: the log is written, and the end refused.
#[tokio::test]
async fn a_cancellation_that_nobody_heard_of_is_kept_although_the_log_says_success() {
    let (world, _torn) = world(SEQUENCE).await;
    let held = world.run_until_held().await;
    let context = &world.sandbox.context;
    let asked = transition(
        &context.store,
        world.workflow().await,
        Status::Canceling,
        context.now(),
        Patch::default(),
        Vec::new(),
    );
    assert!(matches!(asked.await, Ok(Transition::Moved(_))));
    world.let_go(held, is_settled).await;
    assert_eq!(world.workflow().await.status, Status::Canceled);
    world.every_child_once(3).await;
    world.sandbox.stop().await;
}
