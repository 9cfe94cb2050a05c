//! The evaluator: walks the tree, resolves overloads, keeps the account. Answers to yaql/language/runner.py.

mod budget;
mod call;
mod finish;
mod frame;
mod node;
mod overload;
mod sort;
mod types;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

pub(crate) use call::Call;
pub(crate) use frame::{Frame, Lambda};
pub(crate) use overload::Argument;
pub(crate) use types::{Default, Overload, Parameter, Type};

use crate::ast::Node;
use crate::error::EvaluationError;
use crate::expression::Dialect;
use crate::functions::Pattern;
use crate::scope::{Functions, Limits, Scope};
use crate::value::{Printer, Value};

pub(crate) type Outcome<T> = Result<T, EvaluationError>;

/// One evaluation: the outside world and what has been spent.
pub(crate) struct Machine<'v> {
    pub(crate) functions: &'v dyn Functions,
    dialect: Dialect,
    pub(crate) limits: Limits,
    should_stop: Option<&'v dyn Fn() -> bool>,
    steps: Cell<u64>,
    bytes: Cell<u64>,
    depth: Cell<u32>,
    output: Cell<u64>,
    result: Cell<u64>,
    pub(crate) patterns: RefCell<HashMap<(String, u8), Rc<Pattern>>>,
}

/// Evaluates a tree in a scope and passes the finished value on.
pub(crate) fn run<'v, T>(
    node: &'v Node,
    dialect: Dialect,
    scope: &Scope<'v>,
    use_value: impl FnOnce(&Value<'v>, &Machine<'v>) -> Outcome<T>,
) -> Outcome<T> {
    let machine = Machine {
        functions: scope.functions,
        dialect,
        limits: scope.limits,
        should_stop: scope.should_stop,
        steps: Cell::new(0),
        bytes: Cell::new(0),
        depth: Cell::new(0),
        output: Cell::new(0),
        result: Cell::new(0),
        patterns: RefCell::default(),
    };
    let frame = Frame::root(scope);
    let value = machine.evaluate(node, &frame)?;
    let value = machine.finish(value)?;
    use_value(&value, &machine)
}

impl<'v> Machine<'v> {
    /// `str(value)`, charged.
    pub(crate) fn text_of(&self, value: &Value<'v>) -> Outcome<String> {
        let mut printer = Printer::charged(self);
        printer.str(value)?;
        Ok(printer.text)
    }

    /// `str(result)`, charged.
    pub(crate) fn text_of_result(&self, value: &Value<'v>) -> Outcome<String> {
        let mut printer = Printer::of_result(self);
        printer.str(value)?;
        Ok(printer.text)
    }

    /// The value in error texts, cut where it gets long.
    pub(crate) fn shown(&self, value: &Value<'v>) -> String {
        const LONGEST: usize = 4096;
        match self.text_of(value) {
            Ok(mut text) => {
                let cut = text.char_indices().nth(LONGEST).map(|(index, _)| index);
                text.truncate(cut.unwrap_or(text.len()));
                text
            }
            Err(_) => format!("<{} object>", value.type_name()),
        }
    }

    pub(crate) fn is_legacy(&self) -> bool {
        self.dialect.legacy_functions
    }

    pub(crate) fn has_delegates(&self) -> bool {
        self.dialect.delegates
    }
}
