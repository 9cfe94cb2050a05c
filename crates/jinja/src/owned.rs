//! Lists and maps that count how often they are walked, and don't grow too deep.
//!
//! Whatever compares, hashes, sorts, prints or converts a value asks its lists and maps for their items. Ours answer
//! while the template has steps left for it; afterwards they are empty and the evaluation ends with an error. A long text
//! inside counts as several items, as whoever walks the list reads it, too.

mod take;
mod walk;

use std::{cmp::Ordering, fmt, sync::Arc};

use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Value as Jinja};

pub(crate) use take::{kept, own};
pub(crate) use walk::{Walk, charge as read, check};

use crate::python;

/// Bytes of text that count as one item, and of the keys of a map, which are hashed as it is walked.
const TEXT: usize = 64;
const KEY: usize = 16;

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
    size: Size,
    shape: Shape,
}

/// How deep lists and maps go, and the bytes of the texts that lie in the outermost.
#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    text: usize,
}

impl Size {
    fn of<'a>(items: impl IntoIterator<Item = &'a Jinja>) -> Self {
        let mut size = Self::default();
        for item in items {
            match item.as_str() {
                Some(text) => size.text += text.len(),
                None => size.depth = size.depth.max(depth_of(item)),
            }
        }
        Self { depth: size.depth + 1, ..size }
    }
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
        let cost = self.items.len() + self.size.text / TEXT;
        if walk::charge(cost) { Enumerator::Seq(self.items.len()) } else { Enumerator::Empty }
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
    size: Size,
    /// Bytes of the keys.
    keys: usize,
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
        if walk::charge(2 * length + self.size.text / TEXT + self.keys / KEY) {
            self.map.enumerate()
        } else {
            Enumerator::Empty
        }
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

/// Numbers that are not kept: what `range` answers.
pub(crate) struct Range(DynObject);

impl fmt::Debug for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Range").finish()
    }
}

impl Object for Range {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.0.enumerate() {
            Enumerator::Iter(numbers) => Enumerator::Iter(Box::new(Steps(numbers))),
            other => other,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.0.enumerator_len()
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        render(&Jinja::from_dyn_object(self.clone()), formatter)
    }
}

/// Numbers that are charged for one by one: who looks for one of them stops early.
struct Steps(Box<dyn Iterator<Item = Jinja> + Send + Sync>);

impl Iterator for Steps {
    type Item = Jinja;

    fn next(&mut self) -> Option<Jinja> {
        self.0.next().filter(|_| walk::charge(0))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// Takes over a range of the engine's.
pub(crate) fn range(numbers: &Jinja) -> Jinja {
    numbers.as_object().map_or_else(|| numbers.clone(), |object| Jinja::from_object(Range(object.clone())))
}

/// Returns how deep the lists and maps inside a value go.
fn depth_of(value: &Jinja) -> usize {
    if let Some(list) = value.downcast_object_ref::<List>() {
        return list.size.depth;
    }
    value.downcast_object_ref::<Pairs>().map_or(0, |pairs| pairs.size.depth)
}

/// Returns the items of a list, and those bytes of texts that a walk over a list or map reads, without charging for it.
pub(crate) fn inside(value: &Jinja) -> (&[Jinja], usize) {
    if let Some(list) = value.downcast_object_ref::<List>() {
        return (&list.items, list.size.text);
    }
    (&[], value.downcast_object_ref::<Pairs>().map_or(0, |pairs| pairs.size.text + pairs.keys))
}

/// Makes a list of values that are ours, or plain.
pub(crate) fn list(items: Arc<Vec<Jinja>>, shape: Shape) -> Jinja {
    let size = Size::of(items.iter());
    Jinja::from_object(List { items, size, shape })
}

/// Makes a map of values that are ours, or plain.
pub(crate) fn map(pairs: Vec<(Jinja, Jinja)>) -> Jinja {
    let (keys, values) = (Size::of(pairs.iter().map(|(key, _)| key)), Size::of(pairs.iter().map(|(_, value)| value)));
    let size = Size { depth: keys.depth.max(values.depth), ..values };
    let map = Jinja::from_pairs(pairs);
    match map.as_object() {
        Some(object) => Jinja::from_object(Pairs { map: object.clone(), size, keys: keys.text }),
        None => map,
    }
}
