//! What a workflow costs, in writes and messages: they are what bounds it.

use std::collections::HashSet;

use squall_bus::Disturbance;
use squall_model::Status;

use crate::world::{SEQUENCE, World};

/// Requested, scheduled, running, ended.
const STATUSES: usize = 4;

async fn each_status_is_told_once(world: &mut World, executions: usize) {
    let messages = world.messages().await;
    let different: HashSet<_> = messages.iter().collect();
    assert_eq!(different.len(), STATUSES * executions);
    // The first sweep of an engine that just started may announce the workflow once more.
    assert!(messages.len() <= different.len() + 1, "{} messages", messages.len());
}

#[tokio::test]
async fn an_execution_costs_four_writes_and_four_messages_be_it_an_action_or_a_workflow() {
    let mut world = World::new(SEQUENCE, Disturbance::default()).await;
    assert_eq!(world.run_to_the_end().await.status, Status::Succeeded);
    let executions = 3 + 1;
    assert_eq!(world.ledger.executions(), STATUSES * executions);
    // The log goes along with what follows from it, each child with the event that asks for it.
    assert_eq!(world.ledger.events(), 1 + 3);
    assert!(world.ledger.batches() <= STATUSES * executions, "{} batches", world.ledger.batches());
    each_status_is_told_once(&mut world, executions).await;
}

#[tokio::test]
async fn an_item_costs_the_same_whether_few_or_many_are_around() {
    for count in [10, 600] {
        let definition =
            format!("version: 1.0\ntasks: {{each: {{with: 'n in <% range({count}) %>', action: test.noop}}}}\n");
        let mut world = World::new(&definition, Disturbance::default()).await;
        assert_eq!(world.run_to_the_end().await.status, Status::Succeeded);
        assert_eq!(world.ledger.executions(), STATUSES * (count + 1));
        assert_eq!(world.ledger.events(), 1 + count);
        let batches = world.ledger.batches();
        assert!(batches <= STATUSES * (count + 1), "{batches} batches for {count} items");
        each_status_is_told_once(&mut world, count + 1).await;
    }
}
