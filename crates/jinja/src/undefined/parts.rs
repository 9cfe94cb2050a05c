//! Where a template asks a value for an attribute or item, and where it computes, in the order in which it does.

use std::ops::Range;

use minijinja::{
    machinery::{
        ast::{BinOpKind, CallArg, Expr, Stmt, UnaryOpKind},
        parse, parse_expr,
    },
    value::Value as Jinja,
};

use crate::{
    bounded::visit::{given, start},
    dialect, python, shape,
};

/// Bytes of a text that a function may be given where it is called once more.
const ARGUMENT: usize = 100;

/// What stands before a dot or bracket, and what is asked of it.
pub(super) struct Part {
    pub(super) base: Range<usize>,
    pub(super) key: Jinja,
}

/// What an operator works on.
pub(crate) enum Operand {
    /// A value whose type is written there, by Python's name.
    Literal(&'static str),
    /// A place in the text that costs little to evaluate.
    At(Range<usize>),
}

/// An operator that may refuse its operands; those are none that would cost too much.
pub(crate) struct Operation {
    pub(crate) sign: &'static str,
    /// None where the left one does not matter.
    pub(crate) left: Option<Option<Operand>>,
    pub(crate) right: Option<Operand>,
}

/// What a text does, in its order.
#[derive(Default)]
pub(crate) struct Parts {
    pub(super) asked: Vec<Part>,
    pub(crate) operations: Vec<Operation>,
}

pub(crate) fn of(text: &str, is_expression: bool) -> Option<Parts> {
    if !shape::is_flat(text, is_expression) {
        return None;
    }
    let mut parts = Parts::default();
    if is_expression {
        parts.expression(&parse_expr(text).ok()?);
    } else {
        parts.statement(&parse(text, "<template>", dialect::syntax()).ok()?);
    }
    Some(parts)
}

impl Parts {
    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(node) => self.all(&node.children),
            Stmt::EmitExpr(node) => self.expression(&node.expr),
            Stmt::ForLoop(node) => {
                self.expression(&node.iter);
                self.all(&node.body);
            }
            Stmt::IfCond(node) => {
                self.expression(&node.expr);
                self.all(&node.true_body);
                self.all(&node.false_body);
            }
            Stmt::WithBlock(node) => {
                node.assignments.iter().for_each(|(_, value)| self.expression(value));
                self.all(&node.body);
            }
            Stmt::Set(node) => self.expression(&node.expr),
            _ => {}
        }
    }

    fn all(&mut self, statements: &[Stmt<'_>]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        self.inside(expression);
        match expression {
            Expr::GetAttr(node) => self.asks(&node.expr, Jinja::from(node.name)),
            Expr::GetItem(node) => {
                if let Expr::Const(key) = &node.subscript_expr {
                    self.asks(&node.expr, key.value.clone());
                }
            }
            Expr::UnaryOp(node) if matches!(node.op, UnaryOpKind::Neg) => {
                self.operations.push(Operation { sign: "-", left: None, right: operand(&node.expr) });
            }
            Expr::BinOp(node) => {
                if let Some(sign) = sign(node.op) {
                    let left = (sign != "in").then(|| operand(&node.left));
                    self.operations.push(Operation { sign, left, right: operand(&node.right) });
                }
            }
            _ => {}
        }
    }

    /// Only what costs little is evaluated again.
    fn asks(&mut self, base: &Expr<'_>, key: Jinja) {
        if let Some(start) = start(base).filter(|_| is_cheap(base)) {
            self.asked.push(Part { base: start as usize..base.span().end_offset as usize, key });
        }
    }

    /// Visits everything in an expression but its last step.
    fn inside(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Var(_) | Expr::Const(_) | Expr::Slice(_) => {}
            Expr::GetAttr(node) => self.expression(&node.expr),
            Expr::GetItem(node) => {
                self.expression(&node.expr);
                self.expression(&node.subscript_expr);
            }
            Expr::UnaryOp(node) => self.expression(&node.expr),
            Expr::BinOp(node) => {
                self.expression(&node.left);
                self.expression(&node.right);
            }
            Expr::Compare(node) => {
                self.expression(&node.expr);
                node.ops.iter().for_each(|next| self.expression(&next.expr));
            }
            Expr::IfExpr(node) => {
                self.expression(&node.test_expr);
                self.expression(&node.true_expr);
                node.false_expr.iter().for_each(|branch| self.expression(branch));
            }
            Expr::Filter(node) => {
                match &node.expr {
                    Some(value) if matches!(node.name, "default" | "d") => self.inside(value),
                    value => value.iter().for_each(|value| self.expression(value)),
                }
                self.arguments(&node.args);
            }
            Expr::Test(node) => {
                if matches!(node.name, "defined" | "undefined") {
                    self.inside(&node.expr);
                } else {
                    self.expression(&node.expr);
                }
                self.arguments(&node.args);
            }
            Expr::Call(node) => {
                // A method is not an attribute here.
                self.inside(&node.expr);
                self.arguments(&node.args);
            }
            Expr::List(node) => node.items.iter().for_each(|item| self.expression(item)),
            Expr::Tuple(node) => node.items.iter().for_each(|item| self.expression(item)),
            Expr::Map(node) => node.values.iter().for_each(|value| self.expression(value)),
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        arguments.iter().for_each(|argument| self.expression(given(argument)));
    }
}

fn sign(operator: BinOpKind) -> Option<&'static str> {
    Some(match operator {
        BinOpKind::Add => "+",
        BinOpKind::Sub => "-",
        BinOpKind::Mul => "*",
        BinOpKind::Div => "/",
        BinOpKind::FloorDiv => "//",
        BinOpKind::Rem => "%",
        BinOpKind::Pow => "**",
        BinOpKind::In => "in",
        _ => return None,
    })
}

fn operand(expression: &Expr<'_>) -> Option<Operand> {
    match expression {
        Expr::Const(node) => Some(Operand::Literal(python::type_name(&node.value))),
        Expr::List(_) => Some(Operand::Literal("list")),
        Expr::Tuple(_) => Some(Operand::Literal("tuple")),
        Expr::Map(_) => Some(Operand::Literal("dict")),
        _ => {
            let start = start(expression).filter(|_| is_cheap(expression))?;
            Some(Operand::At(start as usize..expression.span().end_offset as usize))
        }
    }
}

/// Returns whether an expression costs nothing to evaluate once more: names, their attributes and items, and functions that are
/// called with short constants.
fn is_cheap(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Var(_) | Expr::Const(_) => true,
        Expr::GetAttr(node) => is_cheap(&node.expr),
        Expr::GetItem(node) => matches!(node.subscript_expr, Expr::Const(_)) && is_cheap(&node.expr),
        Expr::Call(node) => {
            let is_short = |value: &Jinja| value.as_str().is_none_or(|text| text.len() <= ARGUMENT);
            let is_cheap =
                |argument: &CallArg<'_>| matches!(argument, CallArg::Pos(Expr::Const(node)) if is_short(&node.value));
            matches!(node.expr, Expr::Var(_)) && node.args.iter().all(is_cheap)
        }
        _ => false,
    }
}
