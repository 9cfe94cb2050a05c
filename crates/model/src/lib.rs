//! Ids, references, status tables and resources as the API shows them. No I/O, no clock: whoever needs "now" is given it.

mod id;
mod reference;
pub mod resources;
mod secret;
mod status;
mod timestamp;

pub use id::{Id, InvalidId};
pub use reference::{InvalidReference, ResourceRef};
pub use resources::*;
pub use secret::{MASK, Secret};
pub use status::{InvalidStatus, Status};
pub use timestamp::{InvalidTimestamp, Timestamp};

/// A JSON object; keys keep their order.
pub type Map = serde_json::Map<String, serde_json::Value>;
