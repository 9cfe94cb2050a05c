//! A model of the store: the whole port in memory, for each simulated process with its own troubles.
//!
//! The data ([`State`]) is shared and never lost. Each process asks through a [`Port`], which lets others run in between, takes long,
//! refuses, forgets to answer, tears batches and lets the process die, as chance has it.

mod batch;
mod documents;
mod executions;
mod outputs;
mod port;
mod query;
mod state;
mod workflows;

use std::sync::Arc;

use squall_store::Store;

pub(crate) use port::Port;
pub(crate) use state::{Row, State};

use crate::sim::Sim;

/// Returns the store as a process sees it.
pub(crate) fn store_of(sim: &Arc<Sim>, process: usize) -> Store {
    let port = Arc::new(Port { sim: Arc::clone(sim), process });
    Store {
        batch: port.clone(),
        executions: port.clone(),
        outputs: port.clone(),
        workflows: port.clone(),
        actions: port.clone(),
        aliases: port.clone(),
        api_keys: port.clone(),
        config_schemas: port.clone(),
        configs: port.clone(),
        keys: port.clone(),
        packs: port.clone(),
        policies: port.clone(),
        policy_types: port.clone(),
        processes: port.clone(),
        registrations: port.clone(),
        rule_enforcements: port.clone(),
        rules: port.clone(),
        runner_types: port.clone(),
        sensor_states: port.clone(),
        sensors: port.clone(),
        timer_states: port.clone(),
        tokens: port.clone(),
        traces: port.clone(),
        trigger_instances: port.clone(),
        trigger_types: port.clone(),
        triggers: port.clone(),
        users: port,
    }
}
