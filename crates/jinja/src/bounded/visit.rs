//! Finds the parts of a template that make, or walk, lists and maps.

use minijinja::{
    machinery::ast::{BinOpKind, CallArg, Expr, Filter, Spanned, Stmt, UnaryOpKind},
    value::ValueKind,
};

use super::{KEPT, Mark, OWN};

/// minijinja's filters that make lists, some of them lazily.
const LISTS: &[&str] = &[
    "batch",
    "dictsort",
    "groupby",
    "items",
    "list",
    "map",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "slice",
    "sort",
    "sum",
    "unique",
];
/// Tests that compare whole values.
const COMPARISONS: &[&str] =
    &["eq", "equalto", "==", "ne", "!=", "lt", "lessthan", "<", "le", "<=", "gt", "greaterthan", ">", "ge", ">=", "in"];

#[derive(Default)]
pub(crate) struct Visitor {
    pub(super) marks: Vec<Mark>,
}

impl Visitor {
    pub(super) fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(node) => self.all(&node.children),
            Stmt::EmitExpr(node) => self.expression(&node.expr, false),
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(node) => {
                self.expression(&node.iter, false);
                self.maybe(node.filter_expr.as_ref());
                self.all(&node.body);
                self.all(&node.else_body);
            }
            Stmt::IfCond(node) => {
                self.expression(&node.expr, false);
                self.all(&node.true_body);
                self.all(&node.false_body);
            }
            Stmt::WithBlock(node) => {
                node.assignments.iter().for_each(|(_, value)| self.expression(value, false));
                self.all(&node.body);
            }
            Stmt::Set(node) => {
                self.expression(&node.expr, false);
                let is_done = is_scalar(&node.expr) || matches!(&node.expr, Expr::Filter(value) if value.name == KEPT);
                if matches!(node.target, Expr::GetAttr(_)) && !is_done {
                    let end = node.expr.span().end_offset;
                    self.marks.push(start(&node.expr).map_or(Mark::Unknown, |start| Mark::Kept(start, end)));
                }
            }
            Stmt::SetBlock(node) => {
                self.maybe(node.filter.as_ref());
                self.all(&node.body);
            }
            Stmt::AutoEscape(node) => {
                self.expression(&node.enabled, false);
                self.all(&node.body);
            }
            Stmt::FilterBlock(node) => {
                self.expression(&node.filter, false);
                self.all(&node.body);
            }
            Stmt::Macro(node) => {
                node.defaults.iter().for_each(|value| self.expression(value, false));
                self.all(&node.body);
            }
            Stmt::CallBlock(node) => {
                self.expression(&node.call.expr, false);
                self.arguments(&node.call.args);
                node.macro_decl.defaults.iter().for_each(|value| self.expression(value, false));
                self.all(&node.macro_decl.body);
            }
            Stmt::Do(node) => {
                self.expression(&node.call.expr, false);
                self.arguments(&node.call.args);
            }
        }
    }

    fn all(&mut self, statements: &[Stmt<'_>]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn maybe(&mut self, expression: Option<&Expr<'_>>) {
        if let Some(expression) = expression {
            self.expression(expression, false);
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(value)
                | CallArg::Kwarg(_, value)
                | CallArg::PosSplat(value)
                | CallArg::KwargSplat(value) => self.expression(value, false),
            }
        }
    }

    /// Visits an expression; one that is owned stands where a filter takes care of it already.
    pub(super) fn expression(&mut self, expression: &Expr<'_>, owned: bool) {
        match expression {
            Expr::Var(_) | Expr::Const(_) => return,
            Expr::Filter(node) => return self.filter(expression, node, owned),
            // What a literal holds is taken over together with it.
            Expr::List(node) => node.items.iter().for_each(|item| self.expression(item, is_literal(item))),
            Expr::Tuple(node) => node.items.iter().for_each(|item| self.expression(item, is_literal(item))),
            Expr::Map(node) => {
                node.keys.iter().for_each(|key| self.operand(key));
                node.values.iter().for_each(|value| self.expression(value, is_literal(value)));
            }
            Expr::Slice(node) => {
                self.operand(&node.expr);
                [&node.start, &node.stop, &node.step].into_iter().for_each(|part| self.maybe(part.as_ref()));
            }
            Expr::UnaryOp(node) => self.expression(&node.expr, false),
            Expr::BinOp(node) if matches!(node.op, BinOpKind::Rem) && may_format(&node.left, &node.right) => {
                return self.format(&node.left, &node.right);
            }
            Expr::BinOp(node) => {
                let among_few = matches!(node.op, BinOpKind::In) && is_of_scalars(&node.right);
                let costly = is_comparison(node.op) && !is_scalar(&node.left) && !is_scalar(&node.right);
                if costly && !among_few {
                    self.operand(&node.left)
                } else {
                    self.expression(&node.left, false)
                }
                self.expression(&node.right, among_few);
            }
            Expr::Compare(node) => {
                self.operand(&node.expr);
                node.ops.iter().for_each(|next| self.operand(&next.expr));
            }
            Expr::IfExpr(node) => {
                self.expression(&node.test_expr, false);
                self.expression(&node.true_expr, false);
                self.maybe(node.false_expr.as_ref());
            }
            Expr::Test(node) => {
                let with_scalars =
                    node.args.iter().all(|argument| matches!(argument, CallArg::Pos(value) if is_scalar(value)));
                if COMPARISONS.contains(&node.name) && !with_scalars {
                    self.operand(&node.expr);
                } else {
                    self.expression(&node.expr, false);
                }
                self.arguments(&node.args);
            }
            Expr::GetAttr(node) => self.expression(&node.expr, false),
            Expr::GetItem(node) => {
                let is_place = is_short_place(&node.subscript_expr);
                if is_place {
                    self.expression(&node.expr, false)
                } else {
                    self.operand(&node.expr)
                }
                self.operand(&node.subscript_expr);
            }
            Expr::Call(node) => {
                self.expression(&node.expr, false);
                self.arguments(&node.args);
            }
        }
        if !owned && makes_containers(expression) {
            self.mark(expression);
        }
    }

    fn filter(&mut self, expression: &Expr<'_>, node: &Spanned<Filter<'_>>, owned: bool) {
        let is_ours = node.name == OWN;
        if let Some(value) = &node.expr {
            self.expression(value, is_ours);
        }
        self.arguments(&node.args);
        if owned || !LISTS.contains(&node.name) {
            return;
        }
        match node.expr {
            Some(_) => self.mark(expression),
            None => self.marks.push(Mark::After(node.span().end_offset)),
        }
    }

    fn format(&mut self, left: &Expr<'_>, right: &Expr<'_>) {
        self.operand(left);
        self.operand(right);
        let (middle, end) = (left.span().end_offset, right.span().end_offset);
        self.marks.push(start(left).map_or(Mark::Unknown, |start| Mark::Format(start, middle, end)));
    }

    /// Visits an operand whose length is the price of the operator.
    fn operand(&mut self, expression: &Expr<'_>) {
        let is_ours = matches!(expression, Expr::Filter(node) if node.name == OWN);
        let is_cheap = is_ours || is_scalar(expression);
        self.expression(expression, !is_cheap);
        if !is_cheap {
            self.mark(expression);
        }
    }

    fn mark(&mut self, expression: &Expr<'_>) {
        let end = expression.span().end_offset;
        self.marks.push(start(expression).map_or(Mark::Unknown, |start| Mark::Around(start, end)));
    }
}

/// Returns whether `%` may stand between a text and what is to be put into it. A number on its right says that it doesn't, as
/// long as nobody sees a text on its left.
fn may_format(left: &Expr<'_>, right: &Expr<'_>) -> bool {
    match (left, right) {
        (Expr::Const(text), _) => text.value.kind() == ValueKind::String,
        (_, Expr::Const(number)) => number.value.kind() != ValueKind::Number,
        _ => true,
    }
}

fn is_literal(expression: &Expr<'_>) -> bool {
    matches!(expression, Expr::List(_) | Expr::Tuple(_) | Expr::Map(_))
}

fn is_comparison(operator: BinOpKind) -> bool {
    use BinOpKind::{Eq, Gt, Gte, In, Lt, Lte, Ne};
    matches!(operator, Eq | Ne | Lt | Lte | Gt | Gte | In)
}

/// Returns whether an expression is never long: a literal, or what `not`, `-` and tests answer.
fn is_scalar(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(_) | Expr::UnaryOp(_) | Expr::Test(_) | Expr::Compare(_) => true,
        Expr::BinOp(node) => is_comparison(node.op),
        _ => false,
    }
}

/// Returns whether an expression is a list of constants, which cost nothing to compare with.
fn is_of_scalars(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::List(node) => node.items.iter().all(is_scalar),
        Expr::Tuple(node) => node.items.iter().all(is_scalar),
        _ => false,
    }
}

fn is_short_place(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(node) => {
            node.value.kind() == ValueKind::String || node.value.as_i64().is_some_and(|at| at.abs() < 64)
        }
        _ => false,
    }
}

fn makes_containers(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) | Expr::Slice(_) => true,
        Expr::BinOp(node) => match node.op {
            // A number or text takes no list beside it.
            BinOpKind::Add => !is_scalar(&node.left) && !is_scalar(&node.right),
            BinOpKind::Mul => !(is_scalar(&node.left) && is_scalar(&node.right)),
            _ => false,
        },
        _ => false,
    }
}

/// Returns where an expression begins, or some of its opening parentheses later. The parser's own spans of operators,
/// filters and subscripts begin at their last part.
pub(crate) fn start(expression: &Expr<'_>) -> Option<u32> {
    match expression {
        Expr::BinOp(node) => start(&node.left),
        Expr::Compare(node) => start(&node.expr),
        Expr::IfExpr(node) => start(&node.true_expr),
        Expr::Filter(node) => node.expr.as_ref().and_then(start),
        Expr::Test(node) => start(&node.expr),
        Expr::GetAttr(node) => start(&node.expr),
        Expr::GetItem(node) => start(&node.expr),
        Expr::Slice(node) => start(&node.expr),
        Expr::Call(node) => start(&node.expr),
        // `{% set a = 1, 2 %}`: a tuple without parentheses, whose span begins late.
        Expr::Tuple(node) => {
            let first = node.items.first().map_or(Some(u32::MAX), start)?;
            Some(first.min(expression.span().start_offset))
        }
        Expr::UnaryOp(node) if matches!(node.op, UnaryOpKind::Not) => None,
        _ => Some(expression.span().start_offset),
    }
}
