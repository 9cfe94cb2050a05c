//! The YAQL expression language: lexer, parser, lazy evaluator, standard library. Answers to the Python package `yaql` 3.2.
//!
//! Invariants: no I/O, no clock and no randomness except through [`Functions`]; no value of the caller is copied to be
//! read (lists, dictionaries and strings of the scope are borrowed); every traversal is charged to the [`Limits`].

mod ast;
mod error;
mod evaluate;
mod expression;
mod functions;
mod lexer;
pub mod oracle;
mod parser;
mod scope;
mod value;

pub use ast::{Ast, Constant, Node, NodeKind};
pub use error::{EvaluationError, HostError, ParseError};
pub use expression::{Dialect, Expression};
pub use functions::{FunctionEntry, standard_functions};
pub use scope::{Functions, Limits, NoFunctions, Scope};
pub use value::{Datetime, Dict, List, Text, Timespan, Value, python_repr, python_str};
