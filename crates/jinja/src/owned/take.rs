//! Takes over the lists and maps that the engine makes.

use std::sync::Arc;

use minijinja::{
    Error, ErrorKind,
    value::{DynObject, Kwargs, ObjectRepr, Tuple, Value as Jinja},
};

use super::{KEY, List, Pairs, Range, Shape, Size, depth_of, list, map, walk};

/// Levels of lists and maps that a template may build: dropping a value takes the stack that its depth asks for.
const DEPTH: usize = 100;
/// Items of a tuple that stays the engine's own, and bytes of their texts.
const SMALL_TUPLE: usize = 16;
const SMALL_TEXT: usize = 4096;

/// Returns a value whose lists and maps are ours.
pub(crate) fn own(value: &Jinja) -> Result<Jinja, Error> {
    walk::check()?;
    let Some(object) = value.as_object() else { return Ok(value.clone()) };
    if is_ours(object) {
        return Ok(value.clone());
    }
    // What most literals are, first: looking at names takes longer.
    let is_plain = object.is::<Vec<Jinja>>();
    // The engine's own objects work by their identity: a namespace can be set, a loop knows its place.
    if !is_plain && (value.is_kwargs() || living(object).is_some()) {
        return Ok(value.clone());
    }
    take(value, object, 0)
}

fn is_ours(object: &DynObject) -> bool {
    object.is::<List>() || object.is::<Pairs>() || object.is::<Range>()
}

/// Returns what an object is called that changes while the template runs.
fn living(object: &DynObject) -> Option<&'static str> {
    let name = object.type_name();
    let is_called = |kind: &&str| name.strip_suffix(kind).is_some_and(|path| path.ends_with("::"));
    ["Namespace", "Loop", "Macro"].into_iter().find(is_called)
}

fn take(value: &Jinja, object: &DynObject, level: usize) -> Result<Jinja, Error> {
    if level > DEPTH {
        return Err(too_deep());
    }
    let taken = match object.repr() {
        ObjectRepr::Map => pairs(value, object, level)?,
        ObjectRepr::Seq | ObjectRepr::Iterable => items(value, object, level)?,
        _ => return Ok(value.clone()),
    };
    if depth_of(&taken) > DEPTH { Err(too_deep()) } else { Ok(taken) }
}

fn too_deep() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the value is nested too deeply")
}

/// Takes over what lies inside a list or map.
fn inner(value: Jinja, level: usize) -> Result<Jinja, Error> {
    let Some(object) = value.as_object() else { return Ok(value) };
    if is_ours(object) {
        return Ok(value);
    }
    match living(object) {
        // A macro holds nothing.
        Some("Macro") => Ok(value),
        Some(kind) => {
            let message = format!("a {} cannot be kept in a list, map or namespace", kind.to_lowercase());
            Err(Error::new(ErrorKind::InvalidOperation, message))
        }
        None => take(&value, object, level + 1),
    }
}

/// Returns a value, or the values of keywords, as a namespace may keep them: ours, and nothing that changes.
pub(crate) fn kept(value: &Jinja) -> Result<Jinja, Error> {
    if !value.is_kwargs() {
        return inner(value.clone(), 0);
    }
    let keywords = Kwargs::try_from(value.clone())?;
    let is_plain = |name| keywords.peek::<&Jinja>(name).is_ok_and(is_done);
    if keywords.args().all(is_plain) {
        return Ok(value.clone());
    }
    let kept = keywords.args().map(|name| Ok((name, inner(keywords.peek(name)?, 0)?)));
    Ok(Jinja::from(kept.collect::<Result<Kwargs, Error>>()?))
}

fn items(value: &Jinja, object: &DynObject, level: usize) -> Result<Jinja, Error> {
    let is_tuple = value.is_tuple();
    let shape = match object.type_name() {
        _ if is_tuple => Shape::Tuple,
        name if name.ends_with("::GroupTuple") => Shape::Group,
        _ => Shape::List,
    };
    if is_tuple && is_small(object) {
        return Ok(value.clone());
    }
    visit(object.enumerator_len().unwrap_or_default())?;
    if let Some(plain) = object.downcast::<Vec<Jinja>>().filter(|items| items.iter().all(is_done)) {
        return Ok(list(plain, shape));
    }
    let mut items = Vec::new();
    for item in value.try_iter()?.checked() {
        visit(0)?;
        items.push(inner(item?, level)?);
    }
    Ok(list(Arc::new(items), shape))
}

fn is_done(item: &Jinja) -> bool {
    item.as_object().is_none_or(is_ours)
}

/// Returns whether a tuple holds only a few numbers and short texts; such a one keeps the engine's arithmetic.
fn is_small(object: &DynObject) -> bool {
    object.downcast_ref::<Tuple>().is_some_and(|tuple| {
        tuple.len() <= SMALL_TUPLE
            && tuple.iter().all(|item| item.as_object().is_none())
            && Size::of(tuple.iter()).text <= SMALL_TEXT
    })
}

fn pairs(value: &Jinja, object: &DynObject, level: usize) -> Result<Jinja, Error> {
    visit(object.enumerator_len().unwrap_or_default())?;
    let mut pairs = Vec::new();
    for key in value.try_iter()?.checked() {
        let key = key?;
        visit(1 + key.as_str().map_or(0, str::len) / KEY)?;
        let item = inner(value.get_item(&key)?, level)?;
        pairs.push((inner(key, level)?, item));
    }
    Ok(map(pairs))
}

fn visit(items: usize) -> Result<(), Error> {
    walk::charge(items);
    walk::check()
}
