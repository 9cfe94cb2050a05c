//! Lists and maps that count how often they are walked, and don't grow too deep.
//!
//! Whatever compares, hashes, sorts, prints or converts a value asks its lists and maps for their items. Ours answer
//! while the template has steps left for it; afterwards they are empty and the evaluation ends with an error.

mod take;
mod walk;

use std::{cmp::Ordering, fmt, sync::Arc};

use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Value as Jinja};

pub(crate) use take::{kept, own};
pub(crate) use walk::{Walk, check};

use crate::python;

/// What a list looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    List,
    Tuple,
    /// A pair of `groupby`, whose parts have names.
    Group,
}

/// A list, or a tuple that holds more than a few plain values.
pub(crate) struct List {
    items: Arc<Vec<Jinja>>,
    depth: usize,
    shape: Shape,
}

impl List {
    pub(crate) fn is_tuple(&self) -> bool {
        self.shape != Shape::List
    }
}

impl fmt::Debug for List {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("List").field("length", &self.items.len()).finish_non_exhaustive()
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        match key.as_str() {
            Some(name) => self.get_value_by_str(name),
            None => self.items.get(key.as_usize()?).cloned(),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        match (self.shape, key) {
            (Shape::Group, "grouper") => self.items.first().cloned(),
            (Shape::Group, "list") => self.items.get(1).cloned(),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        if walk::charge(self.items.len()) { Enumerator::Seq(self.items.len()) } else { Enumerator::Empty }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.items.len())
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(self.is_tuple().cmp(&other.is_tuple())).filter(|order| order.is_ne())
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        render(&Jinja::from_dyn_object(self.clone()), formatter)
    }
}

/// A map.
pub(crate) struct Pairs {
    map: DynObject,
    depth: usize,
}

impl fmt::Debug for Pairs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pairs").finish_non_exhaustive()
    }
}

impl Object for Pairs {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.map.get_value(key)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        self.map.get_value_by_str(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let length = self.map.enumerator_len().unwrap_or_default();
        if walk::charge(2 * length) { self.map.enumerate() } else { Enumerator::Empty }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.map.enumerator_len()
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        render(&Jinja::from_dyn_object(self.clone()), formatter)
    }
}

fn render(value: &Jinja, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match python::jinja_text(value) {
        Ok(text) => formatter.write_str(&text),
        Err(_) => {
            walk::exhaust();
            Ok(())
        }
    }
}

/// Returns how deep the lists and maps inside a value go.
fn depth_of(value: &Jinja) -> usize {
    if let Some(list) = value.downcast_object_ref::<List>() {
        return list.depth;
    }
    value.downcast_object_ref::<Pairs>().map_or(0, |pairs| pairs.depth)
}

/// Makes a list of values that are ours, or plain.
pub(crate) fn list(items: Arc<Vec<Jinja>>, shape: Shape) -> Jinja {
    let depth = 1 + items.iter().map(depth_of).max().unwrap_or_default();
    Jinja::from_object(List { items, depth, shape })
}

/// Makes a map of values that are ours, or plain.
pub(crate) fn map(pairs: Vec<(Jinja, Jinja)>) -> Jinja {
    let depth = 1 + pairs.iter().map(|(key, value)| depth_of(key).max(depth_of(value))).max().unwrap_or_default();
    let map = Jinja::from_pairs(pairs);
    match map.as_object() {
        Some(object) => Jinja::from_object(Pairs { map: object.clone(), depth }),
        None => map,
    }
}
