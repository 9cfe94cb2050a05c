//! Tells which templates are bounded by their own text, so that nobody needs to count the engine's steps.
//!
//! Counting every instruction makes a template some 8 % dearer, and most say no more than `{{ a.b }}`. A light template has
//! few parts, does few things whose price is the length of a value, and does none of these in a loop. Its loops write
//! something each time they go round. So what it visits and what it writes bounds what it costs, and both are limited
//! more tightly than elsewhere ([`limits`]). One that meets such a limit is run again as any other template is, with all
//! steps counted: nothing is refused here.

use minijinja::{
    machinery::ast::{BinOpKind, CallArg, Expr, Filter, ForLoop, Stmt},
    value::{Value as Jinja, ValueKind},
};

use crate::{
    bounded::{OWN, visit::is_comparison},
    limits::Limits,
};

/// Parts of a template: names, constants, operators, filters.
const PARTS: usize = 300;
/// Things done whose price is the length of a value.
const LINEAR: usize = 4;
/// Bytes of a constant that a filter or method is given, and how large a number it may be.
const TEXT: usize = 16;
const NUMBER: i64 = 1_000;
/// Bytes that a light template writes, and items that it visits.
const OUTPUT: usize = 64 << 10;
const VISITS: u64 = 20_000;

/// Filters that cost nothing, and those that walk a value once and answer with nothing much longer.
const FREE: &[&str] = &["abs", "attr", "d", "default", "filesizeformat", "round"];
const WALKING: &[&str] = &[
    "batch",
    "capitalize",
    "center",
    "count",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "groupby",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "max",
    "min",
    "random",
    "replace",
    "reverse",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "wordcount",
];
/// Those of them that may be applied to each item of a list.
const MAPPED: &[&str] = &["capitalize", "float", "int", "lower", "string", "title", "trim", "upper"];
/// The same for methods.
const METHODS: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "copy",
    "count",
    "endswith",
    "find",
    "get",
    "index",
    "isalnum",
    "isalpha",
    "isdigit",
    "islower",
    "isspace",
    "isupper",
    "items",
    "keys",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
    "values",
    "zfill",
];

/// Returns the limits of a light template.
pub(crate) fn limits(all: Limits) -> Limits {
    Limits { output: all.output.min(OUTPUT), visits: all.visits.min(VISITS), ..all }
}

pub(crate) fn template(tree: &Stmt<'_>) -> bool {
    Scales::default().statement(tree)
}

pub(crate) fn expression(tree: &Expr<'_>) -> bool {
    Scales::default().expression(tree)
}

#[derive(Default)]
struct Scales {
    parts: usize,
    linear: usize,
    in_loop: bool,
}

impl Scales {
    fn statement(&mut self, statement: &Stmt<'_>) -> bool {
        match statement {
            Stmt::Template(node) => self.all(&node.children),
            Stmt::EmitRaw(_) => true,
            Stmt::EmitExpr(node) => self.expression(&node.expr),
            Stmt::IfCond(node) => {
                self.expression(&node.expr) && self.all(&node.true_body) && self.all(&node.false_body)
            }
            Stmt::WithBlock(node) => {
                node.assignments.iter().all(|(_, value)| self.expression(value)) && self.all(&node.body)
            }
            Stmt::SetBlock(node) => node.filter.is_none() && self.captured(&node.body),
            Stmt::FilterBlock(node) => self.expression(&node.filter) && self.captured(&node.body),
            Stmt::Set(node) => !matches!(node.target, Expr::GetAttr(_)) && self.expression(&node.expr),
            Stmt::ForLoop(node) => self.for_loop(node),
            _ => false,
        }
    }

    fn all(&mut self, statements: &[Stmt<'_>]) -> bool {
        statements.iter().all(|statement| self.statement(statement))
    }

    /// What is written into a text counts as a walk each, as it may be written again.
    fn captured(&mut self, body: &[Stmt<'_>]) -> bool {
        body.iter().all(|statement| match statement {
            Stmt::EmitRaw(_) => true,
            Stmt::EmitExpr(node) => self.walk() && self.expression(&node.expr),
            _ => false,
        })
    }

    fn for_loop(&mut self, node: &ForLoop<'_>) -> bool {
        // What calls `loop` is none.
        let is_plain = !self.in_loop && node.filter_expr.is_none();
        let writes = |statement: &Stmt<'_>| match (statement, &node.target) {
            (Stmt::EmitRaw(raw), _) => !raw.raw.is_empty(),
            (Stmt::EmitExpr(emit), Expr::Var(target)) => matches!(&emit.expr, Expr::Var(name) if name.id == target.id),
            _ => false,
        };
        if !is_plain || !node.body.iter().any(writes) || !self.expression(&node.iter) || !self.all(&node.else_body) {
            return false;
        }
        self.in_loop = true;
        let is_light = self.all(&node.body);
        self.in_loop = false;
        is_light
    }

    /// Counts something that walks a value.
    fn walk(&mut self) -> bool {
        self.linear += 1;
        !self.in_loop && self.linear <= LINEAR
    }

    fn expression(&mut self, expression: &Expr<'_>) -> bool {
        self.parts += 1;
        if self.parts > PARTS {
            return false;
        }
        match expression {
            Expr::Var(_) | Expr::Const(_) => true,
            Expr::GetAttr(node) => self.expression(&node.expr),
            Expr::GetItem(node) => {
                let is_near = matches!(&node.subscript_expr, Expr::Const(node) if is_short(&node.value));
                (is_near || self.walk()) && self.expression(&node.expr) && self.expression(&node.subscript_expr)
            }
            Expr::UnaryOp(node) => self.expression(&node.expr),
            Expr::BinOp(node) => {
                self.operator(node.op, &node.left, &node.right)
                    && self.expression(&node.left)
                    && self.expression(&node.right)
            }
            Expr::IfExpr(node) => {
                self.expression(&node.test_expr)
                    && self.expression(&node.true_expr)
                    && node.false_expr.as_ref().is_none_or(|branch| self.expression(branch))
            }
            Expr::Test(node) => {
                let is_free = node.args.is_empty() && !matches!(node.name, "lower" | "upper");
                (is_free || self.walk()) && self.expression(&node.expr) && self.arguments(&node.args)
            }
            Expr::List(node) => node.items.iter().all(|item| self.expression(item)),
            Expr::Tuple(node) => node.items.iter().all(|item| self.expression(item)),
            Expr::Map(node) => {
                node.keys.iter().all(|key| matches!(key, Expr::Const(_)))
                    && node.values.iter().all(|value| self.expression(value))
            }
            Expr::Filter(node) => self.filter(node),
            Expr::Call(node) => self.call(&node.expr, &node.args),
            Expr::Slice(node) => {
                let is_near = |part: &Option<Expr<'_>>| {
                    part.as_ref().is_none_or(|part| matches!(part, Expr::Const(_) | Expr::UnaryOp(_)))
                };
                self.walk()
                    && [&node.start, &node.stop, &node.step].into_iter().all(is_near)
                    && self.expression(&node.expr)
            }
            Expr::Compare(node) => {
                node.ops
                    .iter()
                    .all(|next| (matches!(next.expr, Expr::Const(_)) || self.walk()) && self.expression(&next.expr))
                    && self.expression(&node.expr)
            }
        }
    }

    fn operator(&mut self, operator: BinOpKind, left: &Expr<'_>, right: &Expr<'_>) -> bool {
        let has_constant = [left, right].into_iter().any(|side| matches!(side, Expr::Const(_)));
        let has_number =
            [left, right].into_iter().any(|side| matches!(side, Expr::Const(node) if node.value.is_number()));
        match operator {
            BinOpKind::ScAnd | BinOpKind::ScOr | BinOpKind::Sub | BinOpKind::Div | BinOpKind::FloorDiv => true,
            BinOpKind::Rem => has_number,
            BinOpKind::Add => has_number || self.walk(),
            BinOpKind::Concat | BinOpKind::In => self.walk(),
            BinOpKind::Mul | BinOpKind::Pow => {
                [left, right].into_iter().all(|side| matches!(side, Expr::Const(node) if is_short(&node.value)))
            }
            other => is_comparison(other) && (has_constant || self.walk()),
        }
    }

    fn filter(&mut self, node: &Filter<'_>) -> bool {
        let is_light = match node.name {
            OWN => true,
            name if FREE.contains(&name) => self.arguments(&node.args),
            name if WALKING.contains(&name) => self.walk() && node.args.iter().all(is_short_argument),
            "map" => {
                self.walk()
                    && (node.args.iter().all(is_attribute) || matches!(node.args.as_slice(), [name] if is_mapped(name)))
            }
            "select" | "reject" | "selectattr" | "rejectattr" => self.walk() && node.args.iter().all(is_short_argument),
            _ => false,
        };
        // A filter of a block has no value of its own.
        is_light && node.expr.as_ref().is_none_or(|value| self.expression(value))
    }

    fn call(&mut self, callee: &Expr<'_>, arguments: &[CallArg<'_>]) -> bool {
        match callee {
            // Functions of the host, and the engine's own: there are no macros here.
            Expr::Var(_) => !self.in_loop && self.arguments(arguments),
            Expr::GetAttr(node) => match (&node.expr, node.name) {
                (Expr::Var(name), "cycle") if name.id == "loop" => arguments.iter().all(is_short_argument),
                (value, method) => {
                    METHODS.contains(&method)
                        && self.walk()
                        && arguments.iter().all(is_short_argument)
                        && self.expression(value)
                }
            },
            _ => false,
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) -> bool {
        arguments.iter().all(|argument| match argument {
            CallArg::Pos(value) | CallArg::Kwarg(_, value) => self.expression(value),
            _ => false,
        })
    }
}

fn is_short(value: &Jinja) -> bool {
    match value.kind() {
        ValueKind::String => value.as_str().is_some_and(|text| text.len() <= TEXT),
        ValueKind::Number => value.as_i64().is_some_and(|number| number.abs() <= NUMBER),
        ValueKind::Bool | ValueKind::None => true,
        _ => false,
    }
}

fn is_short_argument(argument: &CallArg<'_>) -> bool {
    matches!(argument, CallArg::Pos(Expr::Const(node)) | CallArg::Kwarg(_, Expr::Const(node)) if is_short(&node.value))
}

fn is_mapped(argument: &CallArg<'_>) -> bool {
    matches!(argument, CallArg::Pos(Expr::Const(node)) if node.value.as_str().is_some_and(|name| MAPPED.contains(&name)))
}

/// Applying just any filter to each item could be anything.
fn is_attribute(argument: &CallArg<'_>) -> bool {
    matches!(argument, CallArg::Kwarg("attribute" | "default", Expr::Const(node)) if is_short(&node.value))
}

#[cfg(test)]
mod tests {
    use minijinja::machinery::{parse, parse_expr};

    use super::{expression, template};
    use crate::dialect::syntax;

    #[test]
    fn what_could_cost_more_than_its_text_says_is_heavy() {
        for (source, expected) in [
            ("plain {{ a.b['c'] }}", true),
            ("{% if a == 'x' and b is defined %}{{ a }}{% else %}{{ 1 if c }}{% endif %}", true),
            ("{% for i in l %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}", true),
            ("{% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %}", true),
            ("{% set x = a | upper %}{{ x ~ [x, 1] }}", true),
            // A loop that writes nothing goes round as often as its value is long.
            ("{% for i in s %}{% set x = i %}{% endfor %}", false),
            ("{% for i in s %}{{ a }}{% endfor %}", false),
            ("{% for i in s if i %}{{ i }}{% endfor %}", false),
            ("{% for i in s recursive %}{{ i }}{% endfor %}", true),
            ("{% for i in s recursive %}{{ i }}{{ loop(i) }}{% endfor %}", false),
            ("{% for i in s %}-{{ a | upper }}{% endfor %}", false),
            ("{% for i in s %}-{% for j in s %}-{% endfor %}{% endfor %}", false),
            ("{% for i in s %}-{% if a == b %}{% endif %}{% endfor %}", false),
            ("{% for i in s %}-{{ ctx() }}{% endfor %}", false),
            // What grows, or may be anything.
            ("{% set n.x = a %}", false),
            ("{% set x %}{{ a }}{{ a }}{% endset %}{% filter upper %}{{ x }}{% endfilter %}", true),
            ("{% set x %}{{ a }}{{ a }}{% endset %}{% set x %}{{ x }}{{ x }}{{ x }}{% endset %}", false),
            ("{% set x %}{% for i in l %}{{ i }}{% endfor %}{% endset %}", false),
            ("{% macro m() %}{% endmacro %}", false),
            ("{% filter indent(9) %}{% endfilter %}", false),
        ] {
            let tree = parse(source, "<template>", syntax()).unwrap();
            assert_eq!(template(&tree), expected, "{source}");
        }
        let walks = |count| "a | upper ~ ".repeat(count) + "1";
        for (source, expected) in [
            ("ctx('a').b | default([]) | list", true),
            ("rows | map(attribute='v') | join(', ')", true),
            ("a + 1 - b // 2", true),
            (&walks(2), true),
            (&walks(3), false),
            ("a * b", false),
            ("a ** b", false),
            ("a % b", false),
            ("s[::-1] ~ l[1:][0]", true),
            ("1 < a < 3", true),
            ("l | map('upper') | list", true),
            ("'ab' * 3", true),
            ("2 ** 99999", false),
            ("a | center(99999)", false),
            ("a | replace('x', b)", false),
            ("a | map('regex_search', 'x') | list", false),
            ("a | regex_search('x')", false),
            ("a.format(b)", false),
            ("f().g()", false),
            ("{a: 1}", false),
            (&format!("[{}]", "a, ".repeat(400)), false),
        ] {
            assert_eq!(expression(&parse_expr(source).unwrap()), expected, "{source}");
        }
    }
}
