//! What users wish of a workflow: cancel, pause, resume.

use squall_bus::{Disturbance, Message};
use squall_model::Status;
use squall_service::{control, publish_quietly};
use squall_store::Patch;

use crate::world::{SEQUENCE, World};

/// With several engines the message of a pause can come when somebody has resumed the workflow: it paused again, and waited for ever.
#[tokio::test]
async fn a_pause_that_is_heard_late_does_not_pause_a_workflow_that_was_resumed() {
    let world = World::new(SEQUENCE, Disturbance::default()).await;
    let held = world.run_until_held().await;
    world.ask_for(Status::Pausing).await;
    let pausing = world.workflow().await;
    world.let_go(held, async |world| world.workflow().await.status == Status::Paused).await;
    let context = &world.sandbox.context;
    control(context, world.workflow().await, Status::Resuming, Patch::default()).await.expect("resume");
    publish_quietly(context, Message::Control { execution: pausing }).await;
    assert_eq!(world.ended().await.status, Status::Succeeded);
    world.sandbox.stop().await;
}
