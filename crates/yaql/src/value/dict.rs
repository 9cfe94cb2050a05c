//! Dictionaries in the order of insertion: an object of the scope seen through, or an owned table with any keys.

use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::{Key, Text, Value};
use crate::error::EvaluationError;
use crate::evaluate::Machine;

#[derive(Clone)]
pub struct Dict<'v>(Repr<'v>);

#[derive(Clone)]
enum Repr<'v> {
    /// With `hide`, names that begin with two underscores are not there.
    /// With `finished`, lists inside read as Python lists, as in results.
    Borrowed {
        map: &'v Map<String, Json>,
        hide: bool,
        finished: bool,
    },
    Owned(Rc<Entries<'v>>),
}

struct Entries<'v> {
    table: IndexMap<Key<'v>, Value<'v>>,
    depth: u32,
}

fn is_private(name: &str) -> bool {
    name.starts_with("__")
}

impl<'v> Dict<'v> {
    pub fn borrowed(map: &'v Map<String, Json>) -> Self {
        Self(Repr::Borrowed { map, hide: false, finished: false })
    }

    /// The object without its private names (`__…`), at no cost: what `ctx()` is.
    pub fn without_private(map: &'v Map<String, Json>) -> Self {
        Self(Repr::Borrowed { map, hide: true, finished: false })
    }

    /// A dictionary from text keys, later ones winning.
    pub fn from_entries(entries: impl IntoIterator<Item = (Text<'v>, Value<'v>)>) -> Self {
        let table = entries.into_iter().map(|(key, value)| (Key::of_text(Value::String(key)), value)).collect();
        Self::owned(table)
    }

    fn owned(table: IndexMap<Key<'v>, Value<'v>>) -> Self {
        let depth = table.iter().map(|(key, value)| key.value.depth().max(value.depth())).max().unwrap_or(0) + 1;
        Self(Repr::Owned(Rc::new(Entries { table, depth })))
    }

    #[expect(clippy::len_without_is_empty, reason = "truth of a value is asked through Value::is_true")]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Borrowed { map, hide: false, .. } => map.len(),
            Repr::Borrowed { map, hide: true, .. } => map.keys().filter(|name| !is_private(name)).count(),
            Repr::Owned(entries) => entries.table.len(),
        }
    }

    pub(crate) fn get(
        &self,
        key: &Value<'v>,
        machine: Option<&Machine<'v>>,
    ) -> Result<Option<Value<'v>>, EvaluationError> {
        Ok(match (&self.0, key) {
            (Repr::Borrowed { hide: true, .. }, Value::String(name)) if is_private(name) => None,
            (Repr::Borrowed { map, finished, .. }, Value::String(name)) => {
                map.get(&**name).map(|item| Value::from_json(item).finished_if(*finished))
            }
            (Repr::Borrowed { .. }, _) => None,
            (Repr::Owned(entries), key) => {
                let key = match machine {
                    Some(machine) => Key::new(key.clone(), machine)?,
                    None => Key::of_text(key.clone()),
                };
                entries.table.get(&key).cloned()
            }
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = (Value<'v>, Value<'v>)> + '_ {
        let (borrowed, owned) = match &self.0 {
            Repr::Borrowed { map, hide, finished } => (Some((*map, *hide, *finished)), None),
            Repr::Owned(entries) => (None, Some(entries)),
        };
        let borrowed = borrowed.into_iter().flat_map(|(map, hide, finished)| {
            map.iter().filter(move |(name, _)| !(hide && is_private(name))).map(move |(name, item)| {
                (Value::String(Text::Borrowed(name)), Value::from_json(item).finished_if(finished))
            })
        });
        let owned = owned
            .into_iter()
            .flat_map(|entries| entries.table.iter().map(|(key, item)| (key.value.clone(), item.clone())));
        borrowed.chain(owned)
    }

    /// The entry at a place in the order of insertion.
    pub(crate) fn entry(&self, index: usize) -> Option<(Value<'v>, Value<'v>)> {
        match &self.0 {
            Repr::Owned(entries) => entries.table.get_index(index).map(|(key, item)| (key.value.clone(), item.clone())),
            Repr::Borrowed { .. } => self.iter().nth(index),
        }
    }

    /// The borrowed object as the result of an expression; `None` for owned dictionaries.
    pub(crate) fn finished(&self) -> Option<(&'v Map<String, Json>, Self)> {
        match self.0 {
            Repr::Borrowed { map, hide, .. } => Some((map, Self(Repr::Borrowed { map, hide, finished: true }))),
            Repr::Owned(_) => None,
        }
    }

    pub(crate) fn depth(&self) -> u32 {
        match &self.0 {
            Repr::Borrowed { .. } => 1,
            Repr::Owned(entries) => entries.depth,
        }
    }
}

/// Collects entries, charging for each.
#[derive(Default)]
pub(crate) struct DictBuilder<'v> {
    table: IndexMap<Key<'v>, Value<'v>>,
}

impl<'v> DictBuilder<'v> {
    pub(crate) fn copy_of(dict: &Dict<'v>, machine: &Machine<'v>) -> Result<Self, EvaluationError> {
        let mut builder = Self::default();
        for (key, value) in dict.iter() {
            builder.insert(key, value, machine)?;
        }
        Ok(builder)
    }

    pub(crate) fn insert(
        &mut self,
        key: Value<'v>,
        value: Value<'v>,
        machine: &Machine<'v>,
    ) -> Result<(), EvaluationError> {
        machine.charge_item()?;
        machine.check_length(self.table.len() as u64 + 1)?;
        self.table.insert(Key::new(key, machine)?, value);
        Ok(())
    }

    pub(crate) fn contains(&self, key: &Value<'v>, machine: &Machine<'v>) -> Result<bool, EvaluationError> {
        Ok(self.table.contains_key(&Key::new(key.clone(), machine)?))
    }

    pub(crate) fn remove(&mut self, key: &Value<'v>, machine: &Machine<'v>) -> Result<(), EvaluationError> {
        self.table.shift_remove(&Key::new(key.clone(), machine)?);
        Ok(())
    }

    pub(crate) fn finish(self, machine: &Machine<'v>) -> Result<Value<'v>, EvaluationError> {
        let dict = Dict::owned(self.table);
        machine.check_depth(dict.depth())?;
        Ok(Value::Dict(dict))
    }
}
