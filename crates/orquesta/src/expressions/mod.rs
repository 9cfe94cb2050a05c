//! The expressions of a definition: found, parsed once, evaluated often (upstream `orquesta/expressions`).

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

pub use detect::Language;
pub use error::ExpressionError;
pub use python::{is_truthy, repr, type_name};
pub use scope::{CurrentTask, Scope, TaskStatuses};
pub use template::Template;
pub use validate::{InvalidExpression, validate};
pub use variables::{VariableReference, referenced_variables};
