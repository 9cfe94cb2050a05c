//! The end of an evaluation: lazy parts are pulled, tuples become lists. Answers to `convert_output_data`.

use std::rc::Rc;

use serde_json::Value as Json;

use super::budget::UNLIMITED;
use super::{Machine, Outcome};
use crate::error::EvaluationError;
use crate::value::{Cursor, DictBuilder, Internal, Key, Kind, List, SetItems, Value, ViewKind};

/// Parts of the scope's data in a result, for each item that a collection may have.
const OUTPUT_PER_ITEM: u64 = 8;
/// Parts that an entry of a mapping counts as where the scope's data may be there more than once.
const COPIED_ENTRY: u64 = 3;
/// Bytes that an item, and an entry of a mapping, take in a result; a result may take three quarters of the allowance.
const ITEM_BYTES: u64 = 96;
const ENTRY_BYTES: u64 = 192;

impl<'v> Machine<'v> {
    pub(crate) fn finish(&self, value: Value<'v>) -> Outcome<Value<'v>> {
        self.nested(|| self.finish_level(value))
    }

    fn finish_level(&self, value: Value<'v>) -> Outcome<Value<'v>> {
        if let Some(finished) = self.finish_borrowed(&value)? {
            return Ok(finished);
        }
        match &value {
            Value::List(list) => {
                self.check_length(list.len() as u64)?;
                self.charge(1 + list.len() as u64 / 16)?;
                self.charge_result(ITEM_BYTES * (1 + list.len() as u64))?;
                let items = list.iter().map(|item| self.finish_part(item)).collect::<Outcome<_>>()?;
                Ok(Value::List(List::mutable(items)))
            }
            Value::Dict(dict) => {
                self.check_length(dict.len() as u64)?;
                self.charge_result(ITEM_BYTES + ENTRY_BYTES * dict.len() as u64)?;
                let mut finished = DictBuilder::default();
                for (key, item) in dict.iter() {
                    finished.insert(self.finish_part(key)?, self.finish_part(item)?, self)?;
                }
                finished.finish(self)
            }
            Value::Internal(Internal(Kind::Set(items))) => {
                self.check_length(items.len() as u64)?;
                self.finish_set(items.iter().map(|key| key.value.clone()).collect())
            }
            Value::Internal(Internal(kind)) => match kind {
                Kind::View(view) if view.kind == ViewKind::Keys => self.finish_set(view.all()),
                Kind::View(_) | Kind::Stream(_) | Kind::Ordering(_) => match Cursor::over(&value, self)? {
                    Some(cursor) => self.finish_items(cursor),
                    None => Ok(value),
                },
                _ => Ok(value),
            },
            _ => Ok(value),
        }
    }

    /// Data of the scope stays borrowed; only its size is counted.
    fn finish_borrowed(&self, value: &Value<'v>) -> Outcome<Option<Value<'v>>> {
        match value {
            Value::List(list) => {
                let Some((items, finished)) = list.finished() else { return Ok(None) };
                items.iter().try_for_each(|item| self.charge_output(item))?;
                Ok(Some(Value::List(finished)))
            }
            Value::Dict(dict) => {
                let Some((map, finished)) = dict.finished() else { return Ok(None) };
                map.values().try_for_each(|item| self.charge_output(item))?;
                Ok(Some(Value::Dict(finished)))
            }
            _ => Ok(None),
        }
    }

    /// Counts what a result takes that the expression made: a list may hold the same list many times.
    fn charge_result(&self, bytes: u64) -> Outcome<()> {
        if UNLIMITED {
            return Ok(());
        }
        let spent = self.result.get() + bytes;
        self.result.set(spent);
        if spent > self.limits.bytes / 4 * 3 { Err(EvaluationError::memory()) } else { Ok(()) }
    }

    /// Counts what a result takes from the scope, which may be the same large part many times.
    fn charge_output(&self, json: &Json) -> Outcome<()> {
        if UNLIMITED {
            return Ok(());
        }
        let spent = self.output.get() + 1;
        self.output.set(spent);
        if spent > OUTPUT_PER_ITEM * self.limits.items {
            return Err(EvaluationError::memory());
        }
        match json {
            Json::Array(items) => items.iter().try_for_each(|item| self.charge_output(item)),
            Json::Object(map) => {
                let more = if self.depth.get() > 1 { COPIED_ENTRY - 1 } else { 0 };
                self.output.set(spent + more * map.len() as u64);
                map.values().try_for_each(|item| self.charge_output(item))
            }
            Json::String(text) => {
                self.output.set(spent + text.len() as u64 / 64);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Scalars, and the data of the scope, which is finished already except for how lists print, need no level.
    fn finish_part(&self, value: Value<'v>) -> Outcome<Value<'v>> {
        match value {
            Value::List(_) | Value::Dict(_) | Value::Internal(_) => self.finish(value),
            scalar => Ok(scalar),
        }
    }

    fn finish_items(&self, mut cursor: Cursor<'v>) -> Outcome<Value<'v>> {
        let mut items = Vec::new();
        while let Some(item) = cursor.next(self)? {
            self.charge_item()?;
            self.charge_result(ITEM_BYTES)?;
            items.push(self.finish_part(item)?);
            self.check_length(items.len() as u64)?;
        }
        Ok(Value::List(List::mutable(items)))
    }

    fn finish_set(&self, items: Vec<Value<'v>>) -> Outcome<Value<'v>> {
        let keys = items.into_iter().map(|item| Key::new(self.finish_part(item)?, self));
        let set = keys.collect::<Outcome<SetItems<'v>>>()?;
        Ok(Kind::Set(Rc::new(set)).into())
    }
}
