//! The shared store: MongoDB behind the store port, for any number of processes.
//!
//! One collection a kind. What the API filters and sorts by are narrow fields at the top of a document; everything a user wrote is
//! JSON in one opaque field, so that no server looks into it and no rule for field names applies to it. Only what every server of the
//! protocol offers is used: single-document writes, compare-and-set by a revision, unique and sparse indexes. There is no transaction:
//! a batch is its writes in order (docs/adr/0010-torn-batches.md).

mod batch;
mod connection;
mod documents;
mod executions;
mod filter;
mod narrow;
mod outputs;
mod page;
mod payload;
mod residue;
mod resources;
mod schema;
mod workflows;

use std::sync::Arc;

use squall_model::Resource;
use squall_store::{Result, Store};

use crate::batch::MongoBatch;
use crate::connection::Connection;
use crate::executions::MongoExecutions;
use crate::outputs::MongoOutputs;
use crate::resources::MongoResources;
use crate::workflows::MongoWorkflows;

/// How to reach the store.
#[derive(Debug, Clone)]
pub struct Options {
    /// `mongodb://…`; may name the database.
    pub url: String,
    /// The database, when the address names none: `squall` without this.
    pub database: Option<String>,
}

/// Connects and creates the indexes that are missing. Fails with [`squall_store::Error::Unavailable`] within seconds when nobody answers;
/// from then on the driver reconnects by itself, and each call answers or fails within seconds.
pub async fn open(options: &Options) -> Result<Store> {
    let connection = Arc::new(Connection::open(options).await?);
    schema::prepare(&connection).await?;
    Ok(store(&connection))
}

fn store(connection: &Arc<Connection>) -> Store {
    Store {
        batch: Arc::new(MongoBatch::new(connection)),
        executions: Arc::new(MongoExecutions::new(connection)),
        outputs: Arc::new(MongoOutputs::new(connection)),
        workflows: Arc::new(MongoWorkflows::new(connection)),
        actions: resources(connection),
        aliases: resources(connection),
        api_keys: resources(connection),
        config_schemas: resources(connection),
        configs: resources(connection),
        keys: resources(connection),
        packs: resources(connection),
        policies: resources(connection),
        policy_types: resources(connection),
        processes: resources(connection),
        registrations: resources(connection),
        rule_enforcements: resources(connection),
        rules: resources(connection),
        runner_types: resources(connection),
        sensor_states: resources(connection),
        sensors: resources(connection),
        timer_states: resources(connection),
        tokens: resources(connection),
        traces: resources(connection),
        trigger_instances: resources(connection),
        trigger_types: resources(connection),
        triggers: resources(connection),
        users: resources(connection),
    }
}

fn resources<T: Resource>(connection: &Arc<Connection>) -> Arc<MongoResources<T>> {
    Arc::new(MongoResources::new(connection))
}
