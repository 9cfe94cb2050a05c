//! Finds the parts of a template that make, or walk, lists and maps.
//!
//! What a name stands for is always ours, or small: the context is, and so is whatever a template gives a name to. So a name
//! costs nothing where it is used, and only calls, and what comes out of them, are looked at there.

use minijinja::{
    machinery::ast::{BinOpKind, CallArg, Expr, Filter, Spanned, Stmt, UnaryOpKind},
    value::ValueKind,
};

use super::{FORMAT, KEPT, Mark, OWN};
use crate::filters::{TABLE, WORKFLOW_TABLE};

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
/// minijinja's filters that answer with what they were given, or with a part of it.
const PASSING: &[&str] = &["attr", "d", "default", "first", "last", "max", "min", "random"];
/// Filters that answer with a text or a number.
const SCALARS: &[&str] = &[
    "abs",
    "capitalize",
    "center",
    "count",
    FORMAT,
    "e",
    "escape",
    "filesizeformat",
    "float",
    "forceescape",
    "format",
    "indent",
    "int",
    "join",
    "length",
    "lower",
    "pprint",
    "replace",
    "round",
    "string",
    "striptags",
    "title",
    "tojson",
    "trim",
    "truncate",
    "upper",
    "urlencode",
    "wordcount",
    "wordwrap",
];
/// Tests that compare whole values.
const COMPARISONS: &[&str] =
    &["eq", "equalto", "==", "ne", "!=", "lt", "lessthan", "<", "le", "<=", "gt", "greaterthan", ">", "ge", ">=", "in"];
/// Constants in a literal that stays the engine's own, and bytes of their texts: walking it costs nothing.
const SMALL: usize = 16;
const SMALL_TEXT: usize = 256;

/// What is asked of a value where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: it stands where the filter takes care of it already.
    Done,
    /// It may stay the engine's own if it was paid for: it is walked once, as it is printed, answered or listed.
    Paid,
    /// New lists and maps are taken over.
    Taken,
    /// Whatever it is, it has to be ours: it is given a name, or walked where nobody counts.
    Ours,
}

#[derive(Default)]
pub(crate) struct Visitor {
    pub(super) marks: Vec<Mark>,
}

impl Visitor {
    pub(super) fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(node) => self.all(&node.children),
            Stmt::EmitExpr(node) => self.expression(&node.expr, Need::Paid),
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(node) => {
                self.expression(&node.iter, Need::Taken);
                self.maybe(node.filter_expr.as_ref());
                self.all(&node.body);
                self.all(&node.else_body);
            }
            Stmt::IfCond(node) => {
                self.expression(&node.expr, Need::Taken);
                self.all(&node.true_body);
                self.all(&node.false_body);
            }
            Stmt::WithBlock(node) => {
                node.assignments.iter().for_each(|(_, value)| self.expression(value, Need::Ours));
                self.all(&node.body);
            }
            Stmt::Set(node) => self.set(&node.target, &node.expr),
            Stmt::SetBlock(node) => {
                self.maybe(node.filter.as_ref());
                self.all(&node.body);
            }
            Stmt::AutoEscape(node) => {
                self.expression(&node.enabled, Need::Taken);
                self.all(&node.body);
            }
            Stmt::FilterBlock(node) => {
                self.expression(&node.filter, Need::Taken);
                self.all(&node.body);
            }
            Stmt::Macro(node) => {
                node.defaults.iter().for_each(|value| self.expression(value, Need::Ours));
                self.all(&node.body);
            }
            Stmt::CallBlock(node) => {
                self.expression(&node.call.expr, Need::Taken);
                self.arguments(&node.call.args, Need::Ours);
                node.macro_decl.defaults.iter().for_each(|value| self.expression(value, Need::Ours));
                self.all(&node.macro_decl.body);
            }
            Stmt::Do(node) => {
                self.expression(&node.call.expr, Need::Taken);
                self.arguments(&node.call.args, Need::Ours);
            }
        }
    }

    fn set(&mut self, target: &Expr<'_>, value: &Expr<'_>) {
        if !matches!(target, Expr::GetAttr(_)) {
            return self.expression(value, Need::Ours);
        }
        self.expression(value, Need::Done);
        if !is_scalar(value) && !matches!(value, Expr::Filter(node) if node.name == KEPT) {
            let end = value.span().end_offset;
            self.marks.push(start(value).map_or(Mark::Unknown, |start| Mark::Kept(start, end)));
        }
    }

    fn all(&mut self, statements: &[Stmt<'_>]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn maybe(&mut self, expression: Option<&Expr<'_>>) {
        if let Some(expression) = expression {
            self.expression(expression, Need::Taken);
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>], need: Need) {
        for argument in arguments {
            match argument {
                CallArg::Pos(value)
                | CallArg::Kwarg(_, value)
                | CallArg::PosSplat(value)
                | CallArg::KwargSplat(value) => self.expression(value, need),
            }
        }
    }

    pub(super) fn expression(&mut self, expression: &Expr<'_>, need: Need) {
        let passed = passed(need);
        match expression {
            Expr::Var(_) | Expr::Const(_) => return,
            _ if is_small(expression) => return,
            Expr::Filter(node) => self.filter(node, need),
            // What a literal holds is taken over together with it.
            Expr::List(node) => node.items.iter().for_each(|item| self.item(item)),
            Expr::Tuple(node) => node.items.iter().for_each(|item| self.item(item)),
            Expr::Map(node) => {
                node.keys.iter().for_each(|key| self.expression(key, Need::Ours));
                node.values.iter().for_each(|value| self.item(value));
            }
            Expr::Slice(node) => {
                self.expression(&node.expr, Need::Ours);
                [&node.start, &node.stop, &node.step].into_iter().for_each(|part| self.maybe(part.as_ref()));
            }
            Expr::UnaryOp(node) => self.expression(&node.expr, Need::Taken),
            Expr::BinOp(node) => {
                if matches!(node.op, BinOpKind::Rem) && may_format(&node.left, &node.right) {
                    self.format(&node.left, &node.right);
                    return;
                }
                let is_choice = matches!(node.op, BinOpKind::ScAnd | BinOpKind::ScOr);
                let among_few = matches!(node.op, BinOpKind::In) && is_of_scalars(&node.right);
                let costly = is_comparison(node.op) && !is_scalar(&node.left) && !is_scalar(&node.right);
                // Two values are compared in step: it is enough that one of them counts.
                let rest = if is_choice { passed } else { Need::Taken };
                self.expression(&node.left, if costly && !among_few { Need::Ours } else { rest });
                self.expression(&node.right, if among_few { Need::Paid } else { rest });
            }
            Expr::Compare(node) => {
                self.expression(&node.expr, Need::Ours);
                node.ops.iter().for_each(|next| self.expression(&next.expr, Need::Ours));
            }
            Expr::IfExpr(node) => {
                self.expression(&node.test_expr, Need::Taken);
                [Some(&node.true_expr), node.false_expr.as_ref()]
                    .into_iter()
                    .flatten()
                    .for_each(|branch| self.expression(branch, passed));
            }
            Expr::Test(node) => {
                let with_scalars =
                    node.args.iter().all(|argument| matches!(argument, CallArg::Pos(value) if is_scalar(value)));
                let need = if COMPARISONS.contains(&node.name) && !with_scalars { Need::Ours } else { Need::Taken };
                self.expression(&node.expr, need);
                self.arguments(&node.args, need);
            }
            Expr::GetAttr(node) => self.expression(&node.expr, passed),
            Expr::GetItem(node) => {
                let is_place = is_short_place(&node.subscript_expr);
                self.expression(&node.expr, if is_place { passed } else { Need::Ours });
                self.expression(&node.subscript_expr, Need::Ours);
            }
            Expr::Call(node) => {
                self.expression(&node.expr, Need::Taken);
                // A macro gives its arguments names.
                self.arguments(&node.args, Need::Ours);
            }
        }
        let is_wanted = match need {
            Need::Done => false,
            Need::Paid => makes_containers(expression) && !may_stay(expression),
            Need::Taken => makes_containers(expression),
            Need::Ours => makes_containers(expression) || is_foreign(expression),
        };
        if is_wanted {
            self.mark(expression);
        }
    }

    fn format(&mut self, left: &Expr<'_>, right: &Expr<'_>) {
        self.expression(left, Need::Taken);
        self.expression(right, Need::Taken);
        let (middle, end) = (left.span().end_offset, right.span().end_offset);
        self.marks.push(start(left).map_or(Mark::Unknown, |start| Mark::Format(start, middle, end)));
    }

    fn item(&mut self, item: &Expr<'_>) {
        let is_literal = matches!(item, Expr::List(_) | Expr::Tuple(_) | Expr::Map(_));
        self.expression(item, if is_literal { Need::Paid } else { Need::Taken });
    }

    fn filter(&mut self, node: &Spanned<Filter<'_>>, need: Need) {
        let passed = passed(need);
        let (value, arguments) = match node.name {
            OWN | KEPT => (Need::Done, Need::Taken),
            // They visit what they are given once, and the engine charges for it.
            "list" | "length" | "count" => (Need::Paid, Need::Taken),
            name if LISTS.contains(&name) => (Need::Taken, Need::Ours),
            name if PASSING.contains(&name) => (passed, passed),
            _ => (Need::Taken, Need::Taken),
        };
        match &node.expr {
            Some(expression) => self.expression(expression, value),
            None if LISTS.contains(&node.name) && need != Need::Done => {
                self.marks.push(Mark::After(node.span().end_offset))
            }
            None => {}
        }
        self.arguments(&node.args, arguments);
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

/// Returns what is asked of the parts of an expression that answers with one of them.
fn passed(need: Need) -> Need {
    if need == Need::Ours { Need::Ours } else { Need::Taken }
}

pub(crate) fn is_comparison(operator: BinOpKind) -> bool {
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

/// Returns whether an expression is a literal of a few short constants.
fn is_small(expression: &Expr<'_>) -> bool {
    matches!(expression, Expr::List(_) | Expr::Tuple(_) | Expr::Map(_))
        && constants(expression).is_some_and(|(count, bytes)| count <= SMALL && bytes <= SMALL_TEXT)
}

/// Counts the constants in a literal and the bytes of their texts; none if there is anything else in it.
fn constants(expression: &Expr<'_>) -> Option<(usize, usize)> {
    let all = |items: &[Expr<'_>]| {
        items.iter().take(SMALL + 1).try_fold((items.len(), 0), |(count, bytes), item| {
            let (more, text) = constants(item)?;
            Some((count + more, bytes + text))
        })
    };
    match expression {
        Expr::Const(node) => Some((0, node.value.as_str().map_or(0, str::len))),
        Expr::List(node) => all(&node.items),
        Expr::Tuple(node) => all(&node.items),
        Expr::Map(node) => {
            let ((keys, names), (values, texts)) = (all(&node.keys)?, all(&node.values)?);
            Some((keys + values, names + texts))
        }
        _ => None,
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

/// Returns whether an expression answers with a list or map of the engine's making, which is taken over where it stands.
fn makes_containers(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) => !is_small(expression),
        Expr::Slice(_) => true,
        Expr::Filter(node) => node.expr.is_some() && LISTS.contains(&node.name),
        Expr::BinOp(node) => match node.op {
            // A number or text takes no list beside it.
            BinOpKind::Add => !is_scalar(&node.left) && !is_scalar(&node.right),
            BinOpKind::Mul => !(is_scalar(&node.left) && is_scalar(&node.right)),
            _ => false,
        },
        _ => false,
    }
}

/// Returns whether what an expression makes may be walked as the engine made it. What was multiplied may be longer than anything
/// that was paid for, and groups don't look like tuples as they are.
fn may_stay(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::BinOp(node) => !matches!(node.op, BinOpKind::Mul),
        Expr::Filter(node) => !matches!(node.name, "groupby" | "sum"),
        _ => true,
    }
}

/// Returns whether an expression answers with whatever was called, which may be a list or map of the engine's. What only passes on
/// the answer of another asks the same of that.
fn is_foreign(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Call(_) => true,
        Expr::Filter(node) => {
            let is_known = [LISTS, PASSING, SCALARS, &[OWN, KEPT]].into_iter().any(|names| names.contains(&node.name));
            !is_known && ![TABLE, WORKFLOW_TABLE].into_iter().flatten().any(|filter| filter.name == node.name)
        }
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
