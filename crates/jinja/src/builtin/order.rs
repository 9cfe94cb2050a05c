//! `sort`, `min`, `max`: Python compares numbers with numbers and texts with texts; the engine has an order for everything.

use minijinja::{
    Error, State, filters,
    value::{Kwargs, Rest, Value as Jinja, ValueKind},
};

use crate::{error::HostError, python};

pub(crate) fn sort(state: &State<'_, '_>, value: Jinja, given: Rest<Jinja>, keywords: Kwargs) -> Result<Jinja, Error> {
    let keywords = named(given, &["reverse", "case_sensitive", "attribute"], keywords)?;
    filters::sort(state, ordered(value, &keywords, '<')?, keywords)
}

pub(crate) fn min(state: &State<'_, '_>, value: Jinja, given: Rest<Jinja>, keywords: Kwargs) -> Result<Jinja, Error> {
    let keywords = named(given, &["case_sensitive", "attribute"], keywords)?;
    filters::min(state, ordered(value, &keywords, '<')?, keywords)
}

pub(crate) fn max(state: &State<'_, '_>, value: Jinja, given: Rest<Jinja>, keywords: Kwargs) -> Result<Jinja, Error> {
    let keywords = named(given, &["case_sensitive", "attribute"], keywords)?;
    filters::max(state, ordered(value, &keywords, '>')?, keywords)
}

/// Gives their names to arguments that were given by place, where the engine takes keywords only.
fn named(given: Rest<Jinja>, names: &[&str], keywords: Kwargs) -> Result<Kwargs, Error> {
    if given.is_empty() {
        return Ok(keywords);
    }
    if given.len() > names.len() {
        return Err(Error::from(minijinja::ErrorKind::TooManyArguments));
    }
    let mut all: Vec<(&str, Jinja)> = names.iter().copied().zip(given.0).collect();
    for name in keywords.args() {
        all.push((name, keywords.get(name)?));
    }
    Ok(all.into_iter().collect())
}

/// Refuses items that Python can't put in order: neighbours are the first that it compares.
fn ordered(value: Jinja, keywords: &Kwargs, sign: char) -> Result<Jinja, Error> {
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Ok(value);
    }
    // The first of several attributes decides.
    let attribute: Option<&str> = keywords.peek("attribute").unwrap_or_default();
    let path = attribute.and_then(|attribute| attribute.split(',').next()).map(str::trim);
    let mut before: Option<Jinja> = None;
    // Some can be iterated only once.
    let items = value.try_iter()?.checked().collect::<Result<Vec<_>, _>>()?;
    for item in &items {
        let key = path.map_or_else(|| item.clone(), |path| at(item, path));
        if let Some(before) = &before {
            check(&key, before, sign)?;
        }
        before = Some(key);
    }
    Ok(Jinja::from(items))
}

/// Returns what a dotted path of attributes and places leads to in an item.
pub(crate) fn at(item: &Jinja, path: &str) -> Jinja {
    path.split('.').fold(item.clone(), |inner, part| {
        let found = match part.parse::<usize>() {
            Ok(index) => inner.get_item_by_index(index),
            Err(_) => inner.get_attr(part),
        };
        found.unwrap_or_default()
    })
}

fn check(left: &Jinja, right: &Jinja, sign: char) -> Result<(), Error> {
    // The engine says what is to be said of what is undefined; what is equal is not put in order.
    if left.is_undefined() || right.is_undefined() || are_comparable(left, right) || left == right {
        return Ok(());
    }
    let (left, right) = (python::type_name(left), python::type_name(right));
    let message = format!("'{sign}' not supported between instances of '{left}' and '{right}'");
    Err(HostError::new("TypeError", message).into())
}

fn are_comparable(left: &Jinja, right: &Jinja) -> bool {
    let is_number = |value: &Jinja| matches!(value.kind(), ValueKind::Bool | ValueKind::Number);
    let has_order = matches!(left.kind(), ValueKind::String | ValueKind::Seq);
    is_number(left) && is_number(right) || has_order && python::type_name(left) == python::type_name(right)
}
