//! Action parameters: schemas, rendering, casts, masking. Pure: datastore and configuration arrive in a
//! [`squall_jinja::Context`]. Counterpart: st2common/util/param.py, util/schema, util/casts.py, util/secrets.py.

mod casts;
mod error;
mod graph;
mod literal;
mod mapping;
mod mask;
mod output;
mod render;
mod request;
pub mod schema;

#[cfg(test)]
mod tests;

pub use casts::cast;
pub use error::ParameterError;
pub use mapping::{render_mapping, render_value};
pub use mask::{MASK, mask_parameters, mask_value, mentions_secret};
pub use output::{mask_output, validate_output};
pub use render::{render_final, render_live};
pub use request::{check_request, merged_schema};

use serde_json::{Map, Value};

/// The parameter schemas of an action and of its runner.
#[derive(Clone, Copy, Debug)]
pub struct Schemas<'a> {
    pub runner: &'a Map<String, Value>,
    pub action: &'a Map<String, Value>,
    /// What the action is called, and what for: part of the schema that explanations show.
    pub title: &'a str,
    pub description: Option<&'a str>,
}
