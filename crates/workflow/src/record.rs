//! What a workflow's log holds.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use squall_orquesta::Event;

/// One entry. The first one brings the definition along, so that a changed file does not change a workflow that runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) definition: Option<String>,
    pub(crate) event: Event,
}

impl Record {
    pub(crate) fn to_raw(&self) -> Result<Box<RawValue>, squall_store::Error> {
        serde_json::value::to_raw_value(self).map_err(|error| squall_store::Error::Corrupt(error.to_string()))
    }
}
