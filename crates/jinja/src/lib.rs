//! StackStorm's dialect of Jinja, on minijinja. Counterpart: st2common/util/jinja.py,
//! st2common/expressions/functions, orquesta/expressions/jinja.py.
//!
//! - [`Environment`] renders templates to text and evaluates single expressions to typed values;
//! - [`Context`] holds what they may see: values, lazy lookups ([`Lookup`]) and functions of the host ([`Functions`]);
//! - [`filters`] are StackStorm's own functions, pure, so that YAQL can register the same ones.
//!
//! Templates are untrusted: source, output and work are limited ([`Limits`]), and text that came from data is never
//! evaluated as a template.

mod bounded;
mod builtin;
mod comparing;
mod compiled;
mod context;
mod convert;
mod dialect;
mod environment;
mod error;
pub mod filters;
mod limits;
mod methods;
mod mistake;
mod operands;
mod owned;
pub mod python;
mod shape;
#[cfg(test)]
mod tests;
mod undefined;

pub use context::{Context, Functions, Lookup};
pub use environment::{Environment, Evaluated};
pub use error::{Error, ErrorKind, HostError};
pub use limits::Limits;
