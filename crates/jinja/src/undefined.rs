//! Says which name or attribute does not exist, in Jinja2's words; looked for only after a failure.

pub(crate) mod parts;

use std::collections::HashMap;

use minijinja::{
    Environment,
    value::{Value as Jinja, ValueKind},
};

use crate::python;

/// Places of a text that are looked at, and different things that are evaluated for them.
const PLACES: usize = 50;
const EVALUATIONS: usize = 8;

/// Returns the text about the first of these dotted names that leads nowhere.
pub(crate) fn explain(mut names: Vec<String>, root: &Jinja, is_global: impl Fn(&str) -> bool) -> Option<String> {
    names.sort();
    names.iter().find_map(|name| missing(name, root, &is_global))
}

fn missing(dotted: &str, root: &Jinja, is_global: &impl Fn(&str) -> bool) -> Option<String> {
    let mut parts = dotted.split('.');
    let first = parts.next().filter(|name| !is_global(name))?;
    let mut value = root.get_attr(first).ok()?;
    if value.is_undefined() {
        return Some(format!("'{first}' is undefined"));
    }
    for part in parts {
        let inner = value.get_attr(part).ok()?;
        if inner.is_undefined() {
            return Some(describe(&value, &Jinja::from(part)));
        }
        value = inner;
    }
    None
}

/// The same for what comes out of functions: evaluates what stands before each dot or bracket of the text, up to the first that has
/// not what it is asked for. Nothing is evaluated twice: an answer of the host may be large.
pub(crate) fn search(text: &str, is_expression: bool, engine: &Environment<'_>, root: &Jinja) -> Option<String> {
    let mut known = HashMap::new();
    let mut last = None;
    for part in parts::of(text, is_expression)?.asked.into_iter().take(PLACES) {
        let base = text.get(part.base.clone())?;
        // What begins at the same place goes on from what was found there: `a.b` before `.c`.
        let reached = last.take().filter(|(start, _)| *start == part.base.start).map(|(_, value)| value);
        let value = match reached.or_else(|| known.get(base).cloned()) {
            Some(value) => value,
            None if known.len() == EVALUATIONS => return None,
            None => {
                let evaluated = engine.compile_expression(base).and_then(|base| base.eval(root.clone()));
                known.entry(base).or_insert_with(|| evaluated.unwrap_or_default()).clone()
            }
        };
        let Ok(found) = value.get_item(&part.key) else { continue };
        if found.is_undefined() && !value.is_undefined() {
            return Some(describe(&value, &part.key));
        }
        last = Some((part.base.start, found));
    }
    None
}

fn describe(value: &Jinja, key: &Jinja) -> String {
    let owner = match value.kind() {
        ValueKind::None => "None".to_owned(),
        _ => format!("{} object", python::type_name(value)),
    };
    match key.as_str() {
        Some(name) => format!("'{owner}' has no attribute '{name}'"),
        None => format!("{owner} has no element {key}"),
    }
}
