//! The store port: what every service may ask of a database, cut to the weakest backend.
//!
//! Single-document atomicity, compare-and-set and unique keys are all that is promised, plus one thing: [`Batch::commit`] writes
//! several documents in order, and stops at the first refusal (an embedded store does it in one transaction). The store is the truth;
//! what it acknowledged is on disk. The conformance suite in `squall-testkit` is part of this port.

mod batch;
mod error;
mod executions;
mod outputs;
mod query;
mod resources;
mod transition;
mod workflows;

use std::sync::Arc;

use squall_model as model;

pub use batch::{Batch, Document, Write, Written};
pub use error::Error;
pub use executions::ExecutionStore;
pub use outputs::OutputStore;
pub use query::{Condition, Direction, Filter, Page, Query, Sort};
pub use resources::{Resources, Versioned};
pub use transition::{Patch, Transition, take_over, transition, unmarked};
pub use workflows::{WorkflowEvent, WorkflowSnapshot, WorkflowStore};

pub type Result<T> = std::result::Result<T, Error>;

/// Everything a service can store, as a bundle that is cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub batch: Arc<dyn Batch>,
    pub executions: Arc<dyn ExecutionStore>,
    pub outputs: Arc<dyn OutputStore>,
    pub workflows: Arc<dyn WorkflowStore>,
    pub actions: Arc<dyn Resources<model::Action>>,
    pub aliases: Arc<dyn Resources<model::ActionAlias>>,
    pub api_keys: Arc<dyn Resources<model::ApiKey>>,
    pub config_schemas: Arc<dyn Resources<model::ConfigSchema>>,
    pub configs: Arc<dyn Resources<model::Config>>,
    pub keys: Arc<dyn Resources<model::KeyValue>>,
    pub packs: Arc<dyn Resources<model::Pack>>,
    pub policies: Arc<dyn Resources<model::Policy>>,
    pub policy_types: Arc<dyn Resources<model::PolicyType>>,
    pub processes: Arc<dyn Resources<model::Process>>,
    pub registrations: Arc<dyn Resources<model::Registration>>,
    pub rule_enforcements: Arc<dyn Resources<model::RuleEnforcement>>,
    pub rules: Arc<dyn Resources<model::Rule>>,
    pub runner_types: Arc<dyn Resources<model::RunnerType>>,
    pub sensor_states: Arc<dyn Resources<model::SensorState>>,
    pub sensors: Arc<dyn Resources<model::Sensor>>,
    pub timer_states: Arc<dyn Resources<model::TimerState>>,
    pub tokens: Arc<dyn Resources<model::Token>>,
    pub traces: Arc<dyn Resources<model::Trace>>,
    pub trigger_instances: Arc<dyn Resources<model::TriggerInstance>>,
    pub trigger_types: Arc<dyn Resources<model::TriggerType>>,
    pub triggers: Arc<dyn Resources<model::Trigger>>,
    pub users: Arc<dyn Resources<model::User>>,
}
