//! Finds the parts of a template that make, or walk, lists and maps.
//!
//! What a name stands for, and what a call answers, is always ours, or small: the context is, and so is whatever a template
//! gives a name to. So lists and maps cost nothing where they have a name. A text is nobody's: where the engine would walk one
//! without counting, because it compares, hashes or searches, the text passes through the filter, which the engine charges for
//! its length. What a filter or call makes has been charged for already.

use minijinja::{
    machinery::ast::{BinOp, BinOpKind, CallArg, Const, Expr, Filter, Spanned, Stmt, Test, UnaryOpKind},
    value::ValueKind,
};

use super::{KEPT, Mark, OWN};
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
/// Filters that don't walk their arguments: they answer with them, or (ours) are charged for them.
const PASSING: &[&str] = &["attr", "d", "default", "first", "last", "max", "min", "random"];
/// Tests that walk nothing.
const FREE_TESTS: &[&str] = &[
    "boolean",
    "callable",
    "defined",
    "divisibleby",
    "even",
    "false",
    "float",
    "int",
    "integer",
    "iterable",
    "mapping",
    "none",
    "number",
    "odd",
    "sequence",
    "string",
    "true",
    "undefined",
];
/// Tests whose price is the length of what is compared, and so nothing beside a short constant.
const COMPARISONS: &[&str] = &[
    "eq",
    "equalto",
    "==",
    "ne",
    "!=",
    "lt",
    "lessthan",
    "<",
    "le",
    "<=",
    "gt",
    "greaterthan",
    ">",
    "ge",
    ">=",
    "endingwith",
    "sameas",
    "startingwith",
];
/// Constants in a literal that stays the engine's own, and bytes of their texts: walking it costs nothing.
const SMALL: usize = 16;
const SMALL_TEXT: usize = 256;

/// What is asked of a value where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: it stands where the filter takes care of it already.
    Done,
    /// It may stay the engine's own: it is walked once, as it is printed, answered or listed, and was paid for.
    Paid,
    /// New lists and maps are taken over.
    Taken,
    /// The same, and a text is charged for: it is walked where nobody counts.
    Counted,
}

#[derive(Default)]
pub(super) struct Visitor {
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
                node.assignments.iter().for_each(|(_, value)| self.expression(value, Need::Taken));
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
                node.defaults.iter().for_each(|value| self.expression(value, Need::Taken));
                self.all(&node.body);
            }
            Stmt::CallBlock(node) => {
                self.call(&node.call.expr, &node.call.args);
                node.macro_decl.defaults.iter().for_each(|value| self.expression(value, Need::Taken));
                self.all(&node.macro_decl.body);
            }
            Stmt::Do(node) => self.call(&node.call.expr, &node.call.args),
        }
    }

    fn set(&mut self, target: &Expr<'_>, value: &Expr<'_>) {
        if !matches!(target, Expr::GetAttr(_)) {
            return self.expression(value, Need::Taken);
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
        arguments.iter().for_each(|argument| self.expression(given(argument), need));
    }

    pub(super) fn expression(&mut self, expression: &Expr<'_>, need: Need) {
        match expression {
            Expr::Var(_) | Expr::Const(_) => {}
            _ if is_small(expression) => return,
            Expr::Filter(node) => self.filter(node, need),
            // What a literal holds is taken over together with it.
            Expr::List(node) => node.items.iter().for_each(|item| self.item(item)),
            Expr::Tuple(node) => node.items.iter().for_each(|item| self.item(item)),
            Expr::Map(node) => {
                node.keys.iter().for_each(|key| self.expression(key, Need::Counted));
                node.values.iter().for_each(|value| self.item(value));
            }
            Expr::Slice(node) => {
                self.expression(&node.expr, Need::Counted);
                [&node.start, &node.stop, &node.step].into_iter().for_each(|part| self.maybe(part.as_ref()));
            }
            Expr::UnaryOp(node) => self.expression(&node.expr, Need::Taken),
            Expr::BinOp(node) => {
                if matches!(node.op, BinOpKind::Rem) && may_format(&node.left, &node.right) {
                    return self.format(&node.left, &node.right);
                }
                self.operands(node);
            }
            Expr::Compare(node) => {
                self.expression(&node.expr, Need::Counted);
                node.ops.iter().for_each(|next| self.expression(&next.expr, Need::Counted));
            }
            Expr::IfExpr(node) => {
                self.expression(&node.test_expr, Need::Taken);
                self.expression(&node.true_expr, Need::Taken);
                self.maybe(node.false_expr.as_ref());
            }
            Expr::Test(node) => {
                let need = if is_free(node) { Need::Taken } else { Need::Counted };
                self.expression(&node.expr, need);
                self.arguments(&node.args, need);
            }
            Expr::GetAttr(node) => self.expression(&node.expr, Need::Taken),
            Expr::GetItem(node) => {
                let is_near = is_near(&node.subscript_expr);
                self.expression(&node.expr, if is_near { Need::Taken } else { Need::Counted });
                self.expression(&node.subscript_expr, Need::Counted);
            }
            Expr::Call(node) => self.call(&node.expr, &node.args),
        }
        let is_wanted = match need {
            Need::Done => false,
            Need::Paid => makes_containers(expression) && !may_stay(expression),
            Need::Taken => makes_containers(expression),
            Need::Counted => makes_containers(expression) || may_be_long(expression),
        };
        if is_wanted {
            self.mark(expression);
        }
    }

    fn call(&mut self, callee: &Expr<'_>, arguments: &[CallArg<'_>]) {
        self.expression(callee, Need::Taken);
        // Functions and macros give their arguments names; methods search for them.
        let is_named = matches!(callee, Expr::Var(_));
        self.arguments(arguments, if is_named { Need::Taken } else { Need::Counted });
    }

    fn operands(&mut self, node: &BinOp<'_>) {
        let among_few = matches!(node.op, BinOpKind::In) && is_of_scalars(&node.right);
        let costly = is_comparison(node.op) && !is_scalar(&node.left) && !is_scalar(&node.right);
        // Two values are compared in step: it is enough that one of them counts.
        self.expression(&node.left, if costly && !among_few { Need::Counted } else { Need::Taken });
        self.expression(&node.right, if among_few { Need::Paid } else { Need::Taken });
    }

    fn format(&mut self, left: &Expr<'_>, right: &Expr<'_>) {
        // The left side is what a filter is applied to, and charged for as such.
        self.expression(left, Need::Taken);
        self.expression(right, Need::Counted);
        let (middle, end) = (left.span().end_offset, right.span().end_offset);
        self.marks.push(start(left).map_or(Mark::Unknown, |start| Mark::Format(start, middle, end)));
    }

    fn item(&mut self, item: &Expr<'_>) {
        let is_literal = matches!(item, Expr::List(_) | Expr::Tuple(_) | Expr::Map(_));
        self.expression(item, if is_literal { Need::Paid } else { Need::Taken });
    }

    fn filter(&mut self, node: &Spanned<Filter<'_>>, need: Need) {
        let is_ours = [TABLE, WORKFLOW_TABLE].into_iter().flatten().any(|filter| filter.name == node.name);
        let (value, arguments) = match node.name {
            OWN | KEPT => (Need::Done, Need::Taken),
            // They visit what they are given once, and the engine charges for it.
            "list" | "length" | "count" => (Need::Paid, Need::Taken),
            name if is_ours || PASSING.contains(&name) => (Need::Taken, Need::Taken),
            _ => (Need::Taken, Need::Counted),
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

/// Returns whether a test costs nothing, whatever it is asked about.
fn is_free(node: &Test<'_>) -> bool {
    let is_short = |argument: &CallArg<'_>| matches!(argument, CallArg::Pos(value) if is_scalar(value));
    FREE_TESTS.contains(&node.name) || COMPARISONS.contains(&node.name) && node.args.iter().all(is_short)
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

fn is_comparison(operator: BinOpKind) -> bool {
    use BinOpKind::{Eq, Gt, Gte, In, Lt, Lte, Ne};
    matches!(operator, Eq | Ne | Lt | Lte | Gt | Gte | In)
}

fn is_short(constant: &Const) -> bool {
    constant.value.as_str().is_none_or(|text| text.len() <= SMALL_TEXT)
}

/// Returns whether an expression is never long: a short literal, or what `not`, `-` and tests answer.
fn is_scalar(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(node) => is_short(node),
        Expr::UnaryOp(_) | Expr::Test(_) | Expr::Compare(_) => true,
        Expr::BinOp(node) => is_comparison(node.op),
        _ => false,
    }
}

/// Returns whether an expression may answer with a long text that is not charged for as it is made.
fn may_be_long(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(node) => !is_short(node),
        Expr::BinOp(node) => matches!(node.op, BinOpKind::ScAnd | BinOpKind::ScOr),
        Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) | Expr::IfExpr(_) => true,
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

/// Returns whether a place in a text, or a key, is found at once.
fn is_near(place: &Expr<'_>) -> bool {
    let Expr::Const(node) = place else { return false };
    match node.value.kind() {
        ValueKind::String => is_short(node),
        _ => node.value.as_i64().is_some_and(|at| (0..64).contains(&at)),
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

/// Returns the value of an argument, however it is given.
pub(crate) fn given<'t, 's>(argument: &'t CallArg<'s>) -> &'t Expr<'s> {
    match argument {
        CallArg::Pos(value) | CallArg::Kwarg(_, value) | CallArg::PosSplat(value) | CallArg::KwargSplat(value) => value,
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
