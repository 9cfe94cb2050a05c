//! The REST API with its three faces: api, auth and stream. Counterparts: st2api, st2auth, st2stream.
//!
//! A face is a set of rows of the route table; a port serves one face, or all of them behind prefixes. Handlers live in
//! [`resources`], one file per resource.

mod auth;
mod body;
mod call;
mod cors;
#[cfg(test)]
mod coverage;
mod dispatch;
mod errors;
mod health;
mod list;
mod masking;
mod metrics;
mod observe;
mod query;
mod resources;
mod routes;
mod server;
mod sse;
mod state;
mod validation;

pub use auth::{PasswordError, hash_password};
pub use health::HealthFace;
pub use server::{ApiService, Options, TriggerCheck};
