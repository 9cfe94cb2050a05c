//! The stored resources, in the shape in which the API shows them. Counterpart: st2common/models/api/.
//!
//! A field that is `None` is left out of the answer. `ref` and `uid` follow from pack and name and are kept beside them because
//! clients send whole objects back.

mod action;
mod alias;
mod execution;
mod identity;
mod keyvalue;
mod pack;
mod policy;
mod process;
mod rule;
mod runner;
mod sensor;
mod timer;
mod trace;
mod trigger;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use action::{Action, ActionSnapshot, Tag};
pub use alias::ActionAlias;
pub use execution::{Execution, LogEntry, OutputChunk, OutputType, RunnerInfo};
pub use identity::{ApiKey, Token, User};
pub use keyvalue::{KeyScope, KeyValue};
pub use pack::{Config, ConfigSchema, Pack, Registration};
pub use policy::{Policy, PolicyType};
pub use process::Process;
pub use rule::{ActionCall, EnforcementStatus, Rule, RuleEnforcement, RuleReference, RuleType, TriggerCall};
pub use runner::RunnerType;
pub use sensor::{Sensor, SensorState};
pub use timer::TimerState;
pub use trace::{Trace, TraceLink};
pub use trigger::{Trigger, TriggerInstance, TriggerInstanceStatus, TriggerType};

use crate::Id;

/// Something that the store keeps as one document.
pub trait Resource: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The singular name; adapters derive their table or collection from it.
    const KIND: &'static str;
    /// Paths (dotted) that lists filter or sort on; adapters index them.
    const INDEXES: &'static [&'static str];

    fn id(&self) -> Id;

    /// The key that no two documents of the kind share, where there is one besides the id.
    fn unique_key(&self) -> Option<String>;
}

fn yes() -> bool {
    true
}

fn default_pack() -> String {
    "default".to_owned()
}
