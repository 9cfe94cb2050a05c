//! Python's tuple and list. They differ only in how they print and in that they are never equal.

use std::rc::Rc;

use serde_json::Value as Json;

use super::Value;

#[derive(Clone)]
pub struct List<'v>(Repr<'v>);

#[derive(Clone)]
enum Repr<'v> {
    /// With `finished`, read as Python lists all the way down, as results are.
    Borrowed {
        items: &'v [Json],
        finished: bool,
    },
    Owned(Rc<Items<'v>>),
}

struct Items<'v> {
    values: Vec<Value<'v>>,
    mutable: bool,
    depth: u32,
}

impl<'v> List<'v> {
    pub fn borrowed(items: &'v [Json]) -> Self {
        Self(Repr::Borrowed { items, finished: false })
    }

    pub fn tuple(values: Vec<Value<'v>>) -> Self {
        Self::owned(values, false)
    }

    pub fn mutable(values: Vec<Value<'v>>) -> Self {
        Self::owned(values, true)
    }

    fn owned(values: Vec<Value<'v>>, mutable: bool) -> Self {
        let depth = values.iter().map(Value::depth).max().unwrap_or(0) + 1;
        Self(Repr::Owned(Rc::new(Items { values, mutable, depth })))
    }

    #[expect(clippy::len_without_is_empty, reason = "truth of a value is asked through Value::is_true")]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Borrowed { items, .. } => items.len(),
            Repr::Owned(items) => items.values.len(),
        }
    }

    pub fn get(&self, index: usize) -> Option<Value<'v>> {
        match &self.0 {
            Repr::Borrowed { items, finished } => {
                items.get(index).map(|item| Value::from_json(item).finished_if(*finished))
            }
            Repr::Owned(items) => items.values.get(index).cloned(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Value<'v>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    pub fn is_mutable(&self) -> bool {
        match &self.0 {
            Repr::Borrowed { finished, .. } => *finished,
            Repr::Owned(items) => items.mutable,
        }
    }

    /// The borrowed items as the result of an expression; `None` for owned lists, whose items need to be looked at.
    pub(crate) fn finished(&self) -> Option<(&'v [Json], Self)> {
        match &self.0 {
            Repr::Borrowed { items, .. } => Some((items, Self(Repr::Borrowed { items, finished: true }))),
            Repr::Owned(_) => None,
        }
    }

    pub(crate) fn depth(&self) -> u32 {
        match &self.0 {
            Repr::Borrowed { .. } => 1,
            Repr::Owned(items) => items.depth,
        }
    }
}
