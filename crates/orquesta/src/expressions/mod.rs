//! The expressions of a definition: found, parsed once, evaluated often (upstream `orquesta/expressions`).

mod alone;
mod detect;
mod error;
mod functions;
mod jinja;
mod python;
mod scope;
mod template;
mod validate;
mod variables;
mod yaql;

pub(crate) use alone::in_context;
pub use alone::{Unmet, evaluate_for_author, known_names};
pub use detect::Language;
pub use error::{Cause, ExpressionError};
pub(crate) use jinja::unknown_filters;
pub use python::{is_truthy, repr, type_name};
pub use scope::{CurrentTask, Scope, TaskStatuses};
pub use template::Template;
pub(crate) use validate::validate_in;
pub use validate::{InvalidExpression, validate};
pub(crate) use variables::written_references;
pub use variables::{VariableReference, referenced_variables};
pub(crate) use yaql::evaluate_typed;
