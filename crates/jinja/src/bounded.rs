//! Makes the engine's own syntax pass through [`own`](crate::owned::own), so that every list and map of a template is one
//! that counts how often it is walked.
//!
//! minijinja charges no fuel for what it visits below the first level of a value: a list that holds another list twice,
//! eighty levels deep, is small in memory and endless to compare, hash or print. Its list and map literals can't be
//! replaced, so the source is: `[a, b]` becomes `(([a, b])|own)`. The same goes for operators that answer lazily
//! (slices, `+`, `*`), for filters that make lists, and for operands and arguments whose text would be read without anybody
//! counting. What is only printed or answered is walked once and stays as it is, and so do a few constants. Lines stay as they
//! are, and the parser checks afterwards that nothing was missed.

mod signs;
pub(crate) mod visit;

use minijinja::{
    machinery::{ast, parse, parse_expr},
    syntax::SyntaxConfig,
};
use std::borrow::Cow;

use crate::limits::UNLIMITED;
use visit::{Need, Visitor};

/// The filter that values are passed through; no template can mean it by accident.
pub(crate) const OWN: &str = "__own";
/// The filter for what is kept in a namespace, which must not hold itself.
pub(crate) const KEPT: &str = "__kept";
/// The filter that stands for `%`, which formats texts in Python.
pub(crate) const FORMAT: &str = "__format";

/// A part of a source that is to pass through the filter.
#[derive(Clone, Copy)]
pub(crate) enum Mark {
    /// An expression from here to there.
    Around(u32, u32),
    /// The same for a value that a namespace will keep.
    Kept(u32, u32),
    /// A filter of a block, whose text stands outside the tag.
    After(u32),
    /// `%` between a value that begins here and ends there, and one that ends there.
    Format(u32, u32, u32),
    /// None of them: where it begins can't be told.
    Unknown,
}

/// Returns the source of a template with the filter put in; none means that it can't be made safe.
pub(crate) fn template<'a>(source: &'a str, syntax: &SyntaxConfig) -> Result<Option<Cow<'a, str>>, minijinja::Error> {
    rewrite(source, false, |source| {
        let tree = parse(source, "<template>", syntax.clone())?;
        Ok(marks(|visitor| visitor.statement(&tree)))
    })
}

/// The same for an expression without delimiters.
pub(crate) fn expression(source: &str) -> Result<Option<Cow<'_, str>>, minijinja::Error> {
    rewrite(source, true, |source| {
        let tree: ast::Expr<'_> = parse_expr(source)?;
        Ok(marks(|visitor| visitor.expression(&tree, Need::Paid)))
    })
}

fn marks(visit: impl FnOnce(&mut Visitor)) -> Vec<Mark> {
    let mut visitor = Visitor::default();
    visit(&mut visitor);
    visitor.marks
}

/// Puts the filters into a source; `find` says where they are wanted.
fn rewrite<'a>(
    source: &'a str,
    is_expression: bool,
    find: impl Fn(&str) -> Result<Vec<Mark>, minijinja::Error> + Copy,
) -> Result<Option<Cow<'a, str>>, minijinja::Error> {
    let all = find;
    let find = |source: &str| {
        all(source).map(|mut marks| {
            marks.retain(|mark| !UNLIMITED || matches!(mark, Mark::Format(..)));
            marks
        })
    };
    let marks = match find(source) {
        // The engine knows no `+` before a number.
        Err(error) => {
            let unsigned = signs::without(source, is_expression).ok_or(error)?;
            return Ok(rewrite(&unsigned, is_expression, all)?.map(|out| Cow::Owned(out.into_owned())));
        }
        Ok(marks) => marks,
    };
    if marks.is_empty() {
        return Ok(Some(Cow::Borrowed(source)));
    }
    let Some(out) = put_in(source, marks) else { return Ok(None) };
    // Nothing may be left that should pass through the filter and doesn't.
    Ok(find(&out)?.is_empty().then_some(Cow::Owned(out)))
}

/// Returns a source with its marks carried out.
fn put_in(source: &str, marks: Vec<Mark>) -> Option<String> {
    let mut pieces: Vec<(usize, usize, String)> = Vec::new();
    for mark in marks {
        let mut insert = |offset: u32, text: String| pieces.push((offset as usize, 0, text));
        match mark {
            Mark::Around(start, end) => {
                insert(start, "((".to_owned());
                insert(end, format!(")|{OWN})"));
            }
            Mark::Kept(start, end) => {
                insert(start, "((".to_owned());
                insert(end, format!(")|{KEPT})"));
            }
            Mark::After(end) => insert(end, format!("|{OWN}")),
            Mark::Format(start, left, end) => {
                insert(start, "((".to_owned());
                insert(end, ")))".to_owned());
                let left = left as usize;
                let operator = source.get(left..)?.find('%')?;
                pieces.push((left + operator, 1, format!(")|{FORMAT}((")));
            }
            Mark::Unknown => return None,
        }
    }
    pieces.sort_by_key(|(offset, _, _)| *offset);
    let mut out = String::with_capacity(source.len() + pieces.len() * 8);
    let mut done = 0;
    for (offset, replaced, piece) in pieces {
        out.push_str(source.get(done..offset)?);
        out.push_str(&piece);
        done = offset + replaced;
    }
    out.push_str(&source[done..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{SyntaxConfig, expression, template};

    #[test]
    fn literals_lazy_operators_and_costly_operands_pass_through_the_filter() {
        for (source, expected) in [
            ("a", "a"),
            ("[a, [b]]", "[a, [b]]"),
            ("[a, [b]].x", "(([a, [b]])|__own).x"),
            ("[1, ['b']].x", "[1, ['b']].x"),
            ("{'k': a}.k", "(({'k': a})|__own).k"),
            ("{a: 1}", "{((a)|__own): 1}"),
            ("f((1, a))", "f((((1, a))|__own))"),
            ("a + b", "a + b"),
            ("(a + b).x", "(((a + b)|__own)).x"),
            ("a + 1", "a + 1"),
            ("-a * b", "((-a * b)|__own)"),
            ("a[1:]", "((a)|__own)[1:]"),
            ("f()[1:].x", "((f()[1:])|__own).x"),
            ("a == 'x'", "a == 'x'"),
            ("a == b", "((a)|__own) == b"),
            ("a.b < f()", "((a.b)|__own) < f()"),
            ("(a or b) == c", "(((a or b)|__own)) == c"),
            ("a | map('x') | list", "a | map('x') | list"),
            ("a | map('x') | first", "((a | map('x'))|__own) | first"),
            ("a | groupby('x')", "((a | groupby('x'))|__own)"),
            ("a | replace(b, 'x')", "a | replace(((b)|__own), 'x')"),
            ("a | default(b)", "a | default(b)"),
            ("a.find(b) or f(b)", "a.find(((b)|__own)) or f(b)"),
            ("x[0] ~ x['a']", "x[0] ~ x['a']"),
            ("f()[x]", "f()[((x)|__own)]"),
            ("x[-1]", "((x)|__own)[-1]"),
            ("a in ['x', 1]", "a in ['x', 1]"),
            ("a not in ('x', 1)", "a not in ('x', 1)"),
            ("a in ['x', b]", "((a)|__own) in ((['x', b])|__own)"),
            ("a % 2", "a % 2"),
            ("'%s' % a", "(('%s' )|__format(( ((a)|__own))))"),
            ("(a ~ b) % (c, 1) ~ 'x'", "(((a ~ b) )|__format(( (((c, 1))|__own)))) ~ 'x'"),
            ("a is eq 'x' or f() is in(b)", "a is eq 'x' or f() is in(((b)|__own))"),
            ("a is lower", "((a)|__own) is lower"),
            ("a is lower and a is defined", "((a)|__own) is lower and a is defined"),
        ] {
            assert_eq!(expression(source).unwrap().as_deref(), Some(expected), "{source}");
        }
        let long = format!("[{}].x", ["1"; 17].join(", "));
        assert!(expression(&long).unwrap().unwrap().ends_with("|__own).x"), "long constants count");
        let long = format!("a == '{}'", "x".repeat(257));
        assert!(expression(&long).unwrap().unwrap().starts_with("((a)|__own)"), "and so do long texts");
        let syntax = SyntaxConfig::default();
        for (source, expected) in [
            ("[{{ a }}]", "[{{ a }}]"),
            ("{{ [a] }}", "{{ [a] }}"),
            ("{% set x = [a] %}", "{% set x = (([a])|__own) %}"),
            ("{% set x = f() %}", "{% set x = f() %}"),
            ("{% set n.x = [a] %}", "{% set n.x = (([a])|__kept) %}"),
            ("{% set x | list %}ab{% endset %}", "{% set x | list|__own %}ab{% endset %}"),
            ("{% for a, b in [x] %}{% endfor %}", "{% for a, b in (([x])|__own) %}{% endfor %}"),
            ("{% macro m(a=[b]) %}{% endmacro %}", "{% macro m(a=(([b])|__own)) %}{% endmacro %}"),
            ("{% call x.f(a) %}{% endcall %}", "{% call x.f(((a)|__own)) %}{% endcall %}"),
        ] {
            assert_eq!(template(source, &syntax).unwrap().as_deref(), Some(expected), "{source}");
        }
    }
}
