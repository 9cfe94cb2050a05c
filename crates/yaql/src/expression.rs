//! The public face: parse once, evaluate often.

use std::sync::Arc;

use crate::ast::Ast;
use crate::error::{EvaluationError, ParseError};
use crate::evaluate;
use crate::parser;
use crate::scope::Scope;
use crate::value::Value;

/// Variants of the grammar. Orquesta uses the default; Mistral-v2 definitions need both kinds of `legacy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// `value(arguments)` calls a value, and `lambda()` makes one.
    pub delegates: bool,
    /// YAQL 0.2's grammar: `=>` is an operator that makes tuples.
    pub legacy: bool,
    /// YAQL 0.2's functions: a missing key is null, `[…]` may be a filter.
    pub legacy_functions: bool,
}

/// A parsed expression. Cloning shares the tree.
#[derive(Clone, Debug)]
pub struct Expression {
    ast: Arc<Ast>,
    dialect: Dialect,
}

impl Expression {
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_dialect(text, Dialect::default())
    }

    pub fn parse_dialect(text: &str, dialect: Dialect) -> Result<Self, ParseError> {
        Ok(Self { ast: Arc::new(parser::parse(text, dialect)?), dialect })
    }

    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// Evaluates to JSON: sets become lists, dates ISO texts, time spans seconds.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<serde_json::Value, EvaluationError> {
        evaluate::run(&self.ast.root, self.dialect, scope, |value, _| Ok(value.to_json()))
    }

    /// Evaluates and prints the value as Python's `str()` does, for text that has an expression inside.
    pub fn evaluate_text(&self, scope: &Scope<'_>) -> Result<String, EvaluationError> {
        evaluate::run(&self.ast.root, self.dialect, scope, |value, machine| machine.text_of_result(value))
    }

    /// Evaluates and hands over the value itself: lazy parts are resolved, dates and sets are still themselves.
    pub fn evaluate_with<T>(
        &self,
        scope: &Scope<'_>,
        use_value: impl FnOnce(&Value<'_>) -> T,
    ) -> Result<T, EvaluationError> {
        evaluate::run(&self.ast.root, self.dialect, scope, |value, _| Ok(use_value(value)))
    }
}
